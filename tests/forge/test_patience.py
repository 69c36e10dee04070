"""A host that does not answer is asked less and less often."""

import pytest

from windlass.forge import Patient, Unreachable
from windlass.forge.patience import ASKED_FOR_MAX_S, PAUSE_MAX_S, pause_s


class Silent:
    """A host that answers when it is told to."""

    name, trunk, proposals, pulls = "silent", "refs/windlass/forge/x/", False, None
    answers = False
    asked = 0

    def ref(self, mirror, name):
        self.asked += 1
        if not self.answers:
            raise Unreachable(f"silent for the {self.asked}. time")
        return "1" * 40


def test_the_pauses_double_and_end():
    assert [pause_s(n) for n in (1, 2, 3, 8, 9)] == [5, 10, 20, 600, PAUSE_MAX_S]
    assert pause_s(10_000) == PAUSE_MAX_S


def test_a_host_may_ask_for_a_longer_pause_within_a_bound():
    assert [pause_s(1, asked) for asked in (0.0, 3.0, 61.0, 900.0)] == [5, 5, 61, 900]
    assert pause_s(1, 1e9) == ASKED_FOR_MAX_S


def test_in_the_pause_it_is_left_alone_and_what_it_said_is_told_again():
    now = [0.0]
    host = Silent()
    patient = Patient(host, lambda: now[0])
    for at, asked in ((0, 1), (4.9, 1), (5.1, 2), (15.0, 2), (15.2, 3)):
        now[0] = at
        with pytest.raises(Unreachable, match=f"silent for the {asked}"):
            patient.ref(None, "refs/heads/main")
        assert host.asked == asked
    host.answers, now[0] = True, 60.0
    assert patient.ref(None, "refs/heads/main") == "1" * 40
    host.answers = False
    for at in (61.0, 66.1):
        now[0] = at
        with pytest.raises(Unreachable):
            patient.ref(None, "refs/heads/main")
    assert host.asked == 6
