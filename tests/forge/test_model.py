"""The two answers besides yes are sorted by who must act."""

from windlass.forge import Rejected, Unreachable
from windlass.kernel import Denied, Unavailable


def test_a_refusal_is_for_a_person_and_silence_is_for_later():
    assert issubclass(Rejected, Denied)
    assert issubclass(Unreachable, Unavailable)
