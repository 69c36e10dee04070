"""What the bearer of a lease may do, on both databases, told step by step."""

import pytest

from windlass.dispatch import LeaseLost, Outcome, TaskStatus, records
from windlass.events import history


def kinds(desk, task_id: int) -> list[str]:
    return [event.kind for event in desk.database.read(lambda tx: history(tx, task=task_id))]


def test_a_task_goes_from_filed_to_completed(desk) -> None:
    task_id = desk.file()
    claimed, lease = desk.take()
    assert (claimed.id, claimed.attempt, lease.fence) == (task_id, 1, 1)
    assert (lease.branch, lease.pin) == (f"windlass/{task_id}/1", f"refs/windlass/submissions/{task_id}/1")
    desk.say(lease, "half way")
    desk.submit(desk.renew(lease))
    assert desk.started.keys == {f"verify:{task_id}:1": ("verify", {"task": task_id, "fence": 1})}
    desk.complete(task_id, 1)
    assert desk.status(task_id) is TaskStatus.COMPLETED
    assert kinds(desk, task_id) == ["task.filed", "task.claimed", "task.submitted", "task.completed"]
    talk = desk.database.read(lambda tx: records.messages(tx, task_id))
    assert [message.content for message in talk] == ["half way"]
    [attempt] = desk.database.read(lambda tx: records.attempts(tx, task_id))
    assert attempt.outcome is Outcome.SUBMITTED


def test_the_third_lost_lease_fails_the_task_with_a_critical_event(desk, clock) -> None:
    task_id = desk.file()
    for _ in range(3):
        desk.take()
        clock.advance(301)
        assert desk.sweep() == [task_id]
    assert desk.status(task_id) is TaskStatus.FAILED
    assert desk.claim() is None
    last = desk.database.read(lambda tx: history(tx, task=task_id))[-1]
    assert (last.kind, last.data["severity"]) == ("task.failed", "critical")
    assert "expired" in str(last.data["reason"])


@pytest.mark.parametrize(("back_s", "ends"), [(60, 361), (300, 601), (3_600, 0), (10**9, 0)])
def test_a_clock_set_back_lets_no_lease_live_for_ever_and_nobody_claim_twice(
    desk, clock, back_s: float, ends: float
) -> None:
    task_id = desk.file()
    _, lease = desk.take()
    clock.advance(-back_s)
    assert desk.claim() is None
    if ends:
        assert desk.sweep() == []
        desk.say(lease, "still here")
        clock.advance(ends)
    assert desk.sweep() == [task_id]
    _, newer = desk.take()
    assert newer.fence > lease.fence
    with pytest.raises(LeaseLost):
        desk.say(lease, "too late")
    assert newer.expires_at == clock() + 300


@pytest.mark.parametrize("how", ["expired", "swept", "cancelled", "requeued", "retaken"])
def test_a_worker_without_its_lease_can_change_nothing(desk, clock, how: str) -> None:
    task_id = desk.file()
    _, lease = desk.take()
    if how in ("expired", "swept"):
        clock.advance(300)
    if how == "swept":
        desk.sweep()
    if how == "cancelled":
        desk.cancel(task_id)
    if how in ("requeued", "retaken"):
        desk.requeue(task_id)
    if how == "retaken":
        desk.take("w1")  # even the same worker gets a new fence

    def state() -> object:
        return desk.database.read(
            lambda tx: (
                records.task(tx, task_id),
                records.messages(tx, task_id),
                records.lease_of(tx, task_id),
            )
        )

    before = state()
    for act in (desk.submit, desk.renew, lambda lost: desk.say(lost, "late")):
        with pytest.raises(LeaseLost):
            act(lease)
    with pytest.raises(LeaseLost):
        desk.give_up(lease, Outcome.NOTHING, retry=False)
    assert state() == before
    assert desk.started.keys == {}


@pytest.mark.parametrize(
    ("outcome", "retry", "wanted"),
    [
        (Outcome.NOTHING, False, TaskStatus.COMPLETED), (Outcome.CANNOT, False, TaskStatus.BLOCKED),
        (Outcome.FAILED, True, TaskStatus.PENDING), (Outcome.FAILED, False, TaskStatus.FAILED),
        (Outcome.REFUSED, True, TaskStatus.PENDING),
    ],
)  # fmt: skip
def test_giving_up_completes_blocks_retries_or_fails(
    desk, outcome: Outcome, retry: bool, wanted: TaskStatus
) -> None:
    task_id = desk.file()
    _, lease = desk.take()
    assert desk.give_up(lease, outcome, retry=retry) is wanted
    found = desk.task(task_id)
    assert (found.status, found.note) == (wanted, "why")
    [attempt] = desk.database.read(lambda tx: records.attempts(tx, task_id))
    assert (attempt.outcome, attempt.detail) == (outcome, "why")
    assert desk.database.read(lambda tx: records.lease_of(tx, task_id)) is None


def test_a_dead_node_costs_no_attempt_but_not_for_ever(desk) -> None:
    task_id = desk.file()
    for _ in range(10):
        desk.take()
        assert desk.release_node("n2") == []
        assert desk.release_node("n1") == [task_id]
        assert desk.task(task_id).attempt == 0
    for _ in range(3):
        desk.take()
        desk.release_node("n1")
    assert desk.status(task_id) is TaskStatus.FAILED


def test_a_task_is_handed_back_when_the_node_cannot_work(desk) -> None:
    task_id = desk.file()
    _, lease = desk.take()
    desk.database.write(
        lambda tx: records.release(tx, records.hold(tx, lease, tx.now()), "disk full", tx.now())
    )
    found = desk.task(task_id)
    assert (found.status, found.attempt, found.fence) == (TaskStatus.PENDING, 0, 2)


def test_the_best_of_a_lane_is_taken_and_the_threshold_holds(desk, clock) -> None:
    low = desk.file(wsjf=1.5, lane="a")
    clock.advance(5)
    high = desk.file(wsjf=1.6, lane="a")
    desk.file(wsjf=0.9, lane="a")
    desk.file(wsjf=9.0, lane="c")
    assert desk.take(lanes=("a",), threshold=1.0)[0].id == high
    assert desk.take(lanes=("a",), threshold=1.0)[0].id == low
    assert desk.claim(lanes=("a",), threshold=1.0) is None
    assert desk.claim(lanes=()) is None


def test_waiting_raises_a_task_above_a_better_one(desk, clock) -> None:
    old = desk.file(wsjf=2.0)
    clock.advance(31 * 86_400)
    desk.file(wsjf=3.9)
    assert desk.take()[0].id == old
