"""Take back, free, end, sweep: always under a new fence."""

import pytest
from tests.mesh.conftest import AGENT, Bureau

from windlass.dispatch import LeaseLost, TaskStatus
from windlass.kernel import Conflict


@pytest.mark.parametrize(("tool", "status"), [("requeue_task", "pending"), ("cancel_task", "cancelled")])
def test_whoever_works_on_it_is_late_at_once(bureau: Bureau, tool: str, status: str) -> None:
    number = bureau.file()
    token = bureau.claim()
    assert bureau.call(tool, task_id=number, reason="x")["status"] == status
    assert bureau.task(number).fence == 2
    with pytest.raises(LeaseLost):
        bureau.submit(token)


def test_a_waiting_worker_is_sent_away(bureau: Bureau) -> None:
    number = bureau.file()
    token = bureau.claim()
    bureau.call("ask_clarification", AGENT, lease_token=token, question="which?")
    assert bureau.call("force_unblock", task_id=number, reason="x") == {"status": "pending", "fence": 2}
    with pytest.raises(LeaseLost):
        bureau.call("renew_lease", AGENT, lease_token=token)


def test_a_guardian_is_not_cancelled_away_but_goes_with_what_it_guards(bureau: Bureau) -> None:
    number = bureau.verified(risk="low")
    with pytest.raises(Conflict) as failed:
        bureau.call("cancel_task", task_id=number + 1, reason="skip it")
    assert str(number) in failed.value.hint
    bureau.call("cancel_task", task_id=number, reason="x")
    assert bureau.task(number + 1).status is TaskStatus.CANCELLED
    with pytest.raises(Conflict):
        bureau.call("requeue_task", task_id=number, reason="x")


def test_the_sweep_says_what_it_ended(bureau: Bureau) -> None:
    first, last = bureau.file(), bureau.file(most=1)
    bureau.claim()
    bureau.claim()
    assert bureau.call("sweep_stale_leases", repository="shop") == {"requeued": [], "failed": []}
    bureau.clock.advance(301)
    assert bureau.call("sweep_stale_leases") == {"requeued": [first], "failed": [last]}
