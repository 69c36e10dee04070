"""The life of a task on both databases, told step by step."""

import pytest

from windlass.dispatch import (
    FindingRef,
    Lease,
    LeaseLost,
    Outcome,
    Spec,
    Submission,
    Task,
    TaskStatus,
    add_task,
    attempts,
    block,
    cancel,
    claim,
    complete,
    current_submission,
    give_up,
    hold,
    lane_id,
    lease_of,
    messages,
    reject,
    release_node,
    renew,
    requeue,
    say,
    submit,
    sweep,
    task,
    tasks,
    unblock,
)  # fmt: skip
from windlass.events import history
from windlass.kernel import Conflict, FixedClock, NotFound
from windlass.store import Database, Started

OID = "a" * 40
SPEC = Spec(
    "mechanic", ("src/a.py",), ("F401",), (FindingRef("src/a.py", 3, "F401", "unused"),), "fix", trusted=False
)


def file_task(
    database: Database, *, wsjf: float = 2.0, needs: tuple[int, ...] = (), attempts_max: int = 3
) -> int:
    def work(tx: object) -> int:
        lane = lane_id(tx, 1, "mechanic")  # type: ignore[arg-type]
        return add_task(
            tx, repository_id=1, item_id=7, lane=lane, kind="fix", title="fix it", spec=SPEC, wsjf=wsjf, base=OID,  # type: ignore[arg-type]
            now=tx.now(), needs=needs, attempts_max=attempts_max,  # type: ignore[attr-defined]
        )  # fmt: skip

    return database.write(work)


def take(database: Database, worker: str = "w1") -> tuple[Task, Lease]:
    found = database.write(lambda tx: claim(tx, [lane_id(tx, 1, "mechanic")], worker, "n1", tx.now()))
    assert found is not None
    return found


def offer(database: Database, lease: Lease, started: Started) -> None:
    offered = Submission(lease.task_id, lease.fence, OID, OID, OID, ("src/a.py",), 2, "bwrap")
    database.write(lambda tx: submit(tx, hold(tx, lease, tx.now()), offered, started, tx.now()))


def status(database: Database, task_id: int) -> TaskStatus:
    return database.read(lambda tx: task(tx, task_id)).status


def test_a_task_goes_from_filed_to_completed(database: Database) -> None:
    task_id, started = file_task(database), Started()
    claimed, lease = take(database)
    assert (claimed.id, claimed.spec, claimed.attempt, lease.fence) == (task_id, SPEC, 1, 1)
    assert (lease.branch, lease.pin) == (f"windlass/{task_id}/1", f"refs/windlass/submissions/{task_id}/1")
    database.write(lambda tx: say(tx, hold(tx, lease, tx.now()), "progress", "half way", tx.now()))
    offer(database, lease, started)
    assert started.keys == {f"verify:{task_id}:1": ("verify", {"task": task_id, "fence": 1})}
    offered = database.read(lambda tx: current_submission(tx, task_id))
    assert offered is not None
    assert offered.files == ("src/a.py",)
    database.write(lambda tx: complete(tx, task_id, 1, tx.now()))
    assert status(database, task_id) is TaskStatus.COMPLETED
    kinds = [event.kind for event in database.read(lambda tx: history(tx, task=task_id))]
    assert kinds == ["task.filed", "task.claimed", "task.submitted", "task.completed"]
    assert [m.content for m in database.read(lambda tx: messages(tx, task_id))] == ["half way"]
    assert [a.outcome for a in database.read(lambda tx: attempts(tx, task_id))] == [Outcome.SUBMITTED]


def test_the_third_rejection_fails_the_task_with_a_critical_event(database: Database) -> None:
    task_id, started = file_task(database), Started()
    for fence in (1, 2, 3):
        _, lease = take(database)
        assert lease.fence == fence
        offer(database, lease, started)
        database.write(lambda tx, fence=fence: reject(tx, task_id, fence, f"no {fence}", tx.now()))
    found = database.read(lambda tx: task(tx, task_id))
    assert (found.status, found.note) == (TaskStatus.FAILED, "no 3")
    last = database.read(lambda tx: history(tx, task=task_id))[-1]
    assert (last.kind, last.data["severity"], last.data["reason"]) == ("task.failed", "critical", "no 3")


def test_the_third_lost_lease_fails_the_task(database: Database, clock: FixedClock) -> None:
    task_id = file_task(database)
    for _ in range(3):
        take(database)
        clock.advance(301)
        assert database.write(lambda tx: sweep(tx, tx.now())) == [task_id]
    assert status(database, task_id) is TaskStatus.FAILED
    assert database.write(lambda tx: claim(tx, [1], "w", "n", tx.now())) is None


@pytest.mark.parametrize("how", ["expired", "swept", "cancelled", "requeued", "retaken"])
def test_a_worker_without_its_lease_can_change_nothing(
    database: Database, clock: FixedClock, how: str
) -> None:
    task_id, started = file_task(database), Started()
    _, lease = take(database)
    if how in ("expired", "swept"):
        clock.advance(300)
    if how == "swept":
        database.write(lambda tx: sweep(tx, tx.now()))
    if how == "cancelled":
        database.write(lambda tx: cancel(tx, task_id, "ada", "not wanted", tx.now()))
    if how in ("requeued", "retaken"):
        database.write(lambda tx: requeue(tx, task_id, "ada", "again", tx.now()))
    if how == "retaken":
        take(database, "w1")  # even the same worker name gets a new fence
    before = database.read(lambda tx: (task(tx, task_id), messages(tx, task_id), lease_of(tx, task_id)))
    with pytest.raises(LeaseLost):
        offer(database, lease, started)
    with pytest.raises(LeaseLost):
        database.write(lambda tx: renew(tx, lease, tx.now()))
    with pytest.raises(LeaseLost):
        database.write(lambda tx: say(tx, hold(tx, lease, tx.now()), "x", "late", tx.now()))
    assert (
        database.read(lambda tx: (task(tx, task_id), messages(tx, task_id), lease_of(tx, task_id))) == before
    )
    assert started.keys == {}


def test_giving_up_completes_blocks_retries_or_fails(database: Database) -> None:
    expected = {
        (Outcome.NOTHING, False): TaskStatus.COMPLETED,
        (Outcome.CANNOT, False): TaskStatus.BLOCKED,
        (Outcome.FAILED, True): TaskStatus.PENDING,
        (Outcome.FAILED, False): TaskStatus.FAILED,
        (Outcome.REFUSED, True): TaskStatus.PENDING,
    }
    for (outcome, retry), wanted in expected.items():
        task_id = file_task(database, wsjf=9.0)
        _, lease = take(database)
        database.write(
            lambda tx: give_up(tx, hold(tx, lease, tx.now()), outcome, "why", tx.now(), retry=retry)
        )  # noqa: B023
        found = database.read(lambda tx: (task(tx, task_id), attempts(tx, task_id), lease_of(tx, task_id)))  # noqa: B023
        assert (found[0].status, found[0].note, found[1][0].outcome, found[2]) == (
            wanted,
            "why",
            outcome,
            None,
        )
        if wanted is TaskStatus.PENDING:
            database.write(lambda tx: cancel(tx, task_id, "ada", "enough", tx.now()))  # noqa: B023


def test_a_task_waits_for_what_it_needs(database: Database) -> None:
    first, started = file_task(database), Started()
    second = file_task(database, wsjf=9.0, needs=(first,))
    claimed, lease = take(database)
    assert claimed.id == first
    assert database.write(lambda tx: claim(tx, [claimed.lane], "w", "n", tx.now())) is None
    offer(database, lease, started)
    database.write(lambda tx: complete(tx, first, 1, tx.now()))
    assert take(database)[0].id == second
    with pytest.raises(NotFound):
        file_task(database, needs=(999,))


def test_a_blocked_task_waits_until_somebody_unblocks_it(database: Database) -> None:
    task_id, started = file_task(database), Started()
    _, lease = take(database)
    offer(database, lease, started)
    database.write(lambda tx: block(tx, task_id, 1, "conflicts with main", tx.now()))
    assert database.write(lambda tx: claim(tx, [lane_id(tx, 1, "mechanic")], "w", "n", tx.now())) is None
    database.write(lambda tx: unblock(tx, task_id, "ada", "merged by hand", tx.now()))
    assert take(database)[1].fence == 3


def test_a_verdict_about_an_old_submission_is_refused(database: Database) -> None:
    task_id, started = file_task(database), Started()
    _, lease = take(database)
    offer(database, lease, started)
    database.write(lambda tx: requeue(tx, task_id, "ada", "again", tx.now()))
    _, second = take(database)
    offer(database, second, started)
    for verdict in (
        complete,
        lambda tx, i, f, n: reject(tx, i, f, "no", n),
        lambda tx, i, f, n: block(tx, i, f, "no", n),
    ):
        with pytest.raises(Conflict):
            database.write(lambda tx: verdict(tx, task_id, 1, tx.now()))  # noqa: B023
    assert status(database, task_id) is TaskStatus.REVIEW_NEEDED


def test_a_dead_node_costs_no_attempt_but_not_for_ever(database: Database) -> None:
    task_id = file_task(database)
    for _ in range(10):
        take(database)
        assert database.write(lambda tx: release_node(tx, "n2", tx.now())) == []
        assert database.write(lambda tx: release_node(tx, "n1", tx.now())) == [task_id]
        assert database.read(lambda tx: task(tx, task_id)).attempt == 0
    for _ in range(3):
        take(database)
        database.write(lambda tx: release_node(tx, "n1", tx.now()))
    assert status(database, task_id) is TaskStatus.FAILED


def test_listing_by_status(database: Database) -> None:
    ids = [file_task(database) for _ in range(3)]
    take(database)
    pending = database.read(lambda tx: tasks(tx, 1, [TaskStatus.PENDING]))
    assert [t.id for t in pending] == ids[1:]
    assert len(database.read(lambda tx: tasks(tx, 1))) == 3
    assert database.read(lambda tx: tasks(tx, 2)) == []
