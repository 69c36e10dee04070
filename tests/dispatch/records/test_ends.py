"""The text of an end: where each outcome leads, and what PostgreSQL's answer means."""

import pytest

from windlass.dispatch import Lease, LeaseLost, Outcome, TaskStatus
from windlass.dispatch.model import End
from windlass.dispatch.records.ends import end_statements, ended

LEASE = Lease(7, 2, "w1", "n1", 10.0)


@pytest.mark.parametrize(
    ("outcome", "retry", "again", "spent", "statements"),
    [
        (Outcome.NOTHING, False, "completed", "completed", 2),
        (Outcome.CANNOT, False, "blocked", "blocked", 1),
        (Outcome.FAILED, True, "pending", "failed", 1),
        (Outcome.FAILED, False, "failed", "failed", 1),
    ],
)
def test_both_ways_an_end_can_lead_go_along(
    outcome: Outcome, retry: bool, again: str, spent: str, statements: int
) -> None:
    found = end_statements([End(LEASE, outcome, "x" * 5_000, retry)], 1.0)
    values = found[0][1]
    assert (values["again"], values["spent"], values["ids"]) == ([again], [spent], [7])
    assert len(found) == statements
    assert len(values["reasons"][0]) == 4_000


def test_a_lease_that_is_left_out_is_lost() -> None:
    ends = [End(LEASE, Outcome.NOTHING, "", False)] * 2
    found = ended([{"place": 2, "status": "completed"}], ends)
    assert isinstance(found[0], LeaseLost)
    assert found[1] is TaskStatus.COMPLETED
