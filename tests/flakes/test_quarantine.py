"""When a test may stop blocking, how many may, and when one is sound again."""

import pytest

from windlass.flakes.beta import DEFAULT
from windlass.flakes.model import Flaky, FlakyState, Record
from windlass.flakes.quarantine import QUARANTINE_S, deserves, due, places, stable

S = FlakyState


def seen(failed: int, passed: int, *, clean: int = 0, flips: int | None = None) -> Record:
    belief = DEFAULT.after(failed, passed)
    return Record("t", failed, passed, failed if flips is None else flips, clean, belief, 100.0)


def test_only_what_surely_fails_often_on_several_trees_is_quarantined() -> None:
    assert deserves(seen(10, 90))
    assert not deserves(seen(10, 90, flips=1))
    assert not deserves(seen(2, 150))
    assert not deserves(seen(0, 10))


@pytest.mark.parametrize(("tests", "held"), [(0, 1), (99, 1), (250, 2), (5_000, 50)])
def test_at_most_one_in_a_hundred_is_quarantined_and_always_one(tests: int, held: int) -> None:
    assert places(tests) == held


@pytest.mark.parametrize(("failed", "passed", "clean"), [(20, 80, 90), (20, 980, 700)])
def test_a_rarer_failure_takes_more_passes_to_believe_that_it_is_gone(
    failed: int, passed: int, clean: int
) -> None:
    assert stable(seen(failed, passed + clean // 3, clean=clean // 3)) < 0.95
    assert stable(seen(failed, passed + clean, clean=clean)) > 0.95


@pytest.mark.parametrize(
    ("old", "record", "now", "new"),
    [
        (S.FLAKY, seen(1, 9), 0.0, S.FLAKY), (S.FLAKY, seen(10, 90), 0.0, S.QUARANTINED),
        (S.QUARANTINED, seen(10, 90), QUARANTINE_S - 1, S.QUARANTINED),
        (S.QUARANTINED, seen(10, 90), QUARANTINE_S, S.OVERDUE),
        (S.OVERDUE, seen(10, 90), QUARANTINE_S, S.OVERDUE),  # not again without a person
        (S.QUARANTINED, seen(20, 180, clean=100), 0.0, S.STABLE),
        (S.STABLE, seen(0, 0), 0.0, S.STABLE), (S.STABLE, seen(1, 1), 0.0, S.FLAKY),
    ],
)  # fmt: skip
def test_the_state_follows_from_what_was_seen(
    old: FlakyState, record: Record, now: float, new: FlakyState
) -> None:
    assert due(Flaky("t", old, 0.0, QUARANTINE_S), record, 0.0, now) is new


def test_a_test_that_is_not_run_any_more_is_no_more() -> None:
    assert due(Flaky("t", S.QUARANTINED, 0.0, QUARANTINE_S), seen(10, 90), 101.0, 1.0) is S.STABLE
