"""The lease rule as a table."""

from dataclasses import replace

import pytest

from windlass.dispatch import Lease, LeaseLost, Outcome, TaskStatus
from windlass.dispatch.lease import after_giving_up, after_setback, may_act

MINE = Lease(7, 3, "w1", "n1", 100.0)


@pytest.mark.parametrize(
    ("current", "now", "wanted"),
    [
        (MINE, 99.9, True), (MINE, 100.0, False), (None, 1.0, False), (replace(MINE, fence=4), 1.0, False),
        (replace(MINE, fence=2), 1.0, False), (replace(MINE, worker="w2"), 1.0, False),
        (replace(MINE, expires_at=500.0), 400.0, True),
    ],
)  # fmt: skip
def test_only_the_living_newest_lease_may_act(current: Lease | None, now: float, wanted: bool) -> None:
    assert may_act(MINE, current, now) is wanted


@pytest.mark.parametrize(
    ("attempt", "most", "failed"), [(1, 3, False), (2, 3, False), (3, 3, True), (1, 1, True)]
)
def test_the_third_setback_fails(attempt: int, most: int, failed: bool) -> None:
    assert (after_setback(attempt, most) is TaskStatus.FAILED) is failed


def test_giving_up() -> None:
    assert after_giving_up(Outcome.NOTHING, 3, 3, retry=False) is TaskStatus.COMPLETED
    assert after_giving_up(Outcome.CANNOT, 1, 3, retry=True) is TaskStatus.BLOCKED
    assert after_giving_up(Outcome.REFUSED, 2, 3, retry=True) is TaskStatus.PENDING
    assert after_giving_up(Outcome.REFUSED, 3, 3, retry=True) is TaskStatus.FAILED
    assert after_giving_up(Outcome.FAILED, 1, 3, retry=False) is TaskStatus.FAILED


def test_the_error_names_worker_task_and_fence() -> None:
    lost = LeaseLost(MINE)
    assert (lost.code, lost.kind.exit_code) == ("lease-lost", 6)
    assert "'w1'" in str(lost)
    assert "task 7" in str(lost)
