"""The lifecycle of a flaky test."""

import pytest

from windlass.flakes.model import FLAKY, Flaky, FlakyState, Tally
from windlass.kernel import Conflict


def test_only_a_person_puts_an_overdue_test_back_and_nothing_is_sound_for_ever() -> None:
    FLAKY.check(FlakyState.OVERDUE, FlakyState.QUARANTINED)
    with pytest.raises(Conflict):
        FLAKY.check(FlakyState.STABLE, FlakyState.QUARANTINED)
    assert not any(FLAKY.final(state) for state in FlakyState)


def test_all_but_the_stable_count() -> None:
    assert [state.value for state in FlakyState if not Flaky("t", state, 0.0).unsound] == ["stable"]


def test_both_results_are_a_flip() -> None:
    assert [Tally("t", "x", "e", *counts, 1.0).flip for counts in ((1, 1), (2, 0), (0, 2))] == [
        True, False, False,
    ]  # fmt: skip
