"""Claims and ends that wait together: the same rules as one by one, and the best task for the first."""

import threading
from functools import partial

import pytest

from windlass.dispatch import Lease, LeaseLost, Outcome, Spec, TaskStatus, records
from windlass.dispatch import desk as counter
from windlass.dispatch.aging import multiplier
from windlass.dispatch.model import End, Post
from windlass.kernel import FixedClock
from windlass.store import Database, Transaction


def post_of(database: Database, **more: float) -> Post:
    lane = database.write(lambda tx: records.lane_id(tx, 1, "mechanic"))
    return Post((lane,), "n1", 300.0, "bwrap", **more)


def serve(database: Database, *requests: object) -> list[object]:
    """One shared transaction for all of them, as if they had waited at the same time."""
    return list(counter._serve(database, requests))


def want(post: Post, worker: str = "w1", admit: counter.Admit | None = None) -> object:
    return counter._Want(post, worker, admit)


def test_many_claims_get_the_best_tasks_in_order(desk, database: Database) -> None:
    for score in (3.0, 1.0, 8.0, 5.0, 8.0, 2.0):
        desk.file(wsjf=score)
    post = post_of(database)
    found = serve(database, *(want(post, f"w{n}") for n in range(8)))
    assert [task.id for task, _ in found[:6]] == [3, 5, 4, 1, 6, 2]
    assert found[6:] == [None, None]
    for number, (task, lease) in enumerate(found[:6]):
        assert lease == desk.database.read(partial(records.lease_of, task_id=task.id))
        assert (lease.worker, lease.fence, task.fence, task.attempt) == (f"w{number}", 1, 1, 1)
        assert task.status is TaskStatus.IN_PROGRESS
        (attempt,) = database.read(partial(records.attempts, task_id=task.id))
        assert (attempt.worker, attempt.sandbox, attempt.runner) == (f"w{number}", "bwrap", "mechanic")


def test_a_shared_claim_picks_what_single_claims_pick(desk, database: Database, clock: FixedClock) -> None:
    """Ages from none to full and many classes; the shared claim must not stop its walk too early."""
    for number in range(60):
        if number % 6 == 0:
            clock.advance(86_400 * 4)
        desk.file(wsjf=1.0 + number * 7 % 11 / 4)
    rows = database.read(lambda tx: records.tasks(tx, 1))
    now = clock.at
    order = sorted(rows, key=lambda t: (-t.cls * multiplier(now - t.ready_at), -t.cls, t.ready_at, t.id))
    post = post_of(database)
    shared = [found[0].id for found in serve(database, *(want(post, f"w{n}") for n in range(25)))]
    assert shared == [task.id for task in order[:25]]
    singles = [desk.take()[0].id for _ in range(10)]
    assert not set(shared) & set(singles)


def test_ends_are_judged_one_by_one(desk, database: Database) -> None:
    for _ in range(4):
        desk.file(attempts_max=1)
    child = desk.file(needs=[1, 2])
    leases = [desk.take(f"w{n}")[1] for n in range(4)]
    desk.requeue(leases[3].task_id)
    found = serve(
        database, End(leases[0], Outcome.NOTHING, "", False), End(leases[1], Outcome.NOTHING, "", False),
        End(leases[2], Outcome.FAILED, "broke é", True), End(leases[3], Outcome.CANNOT, "late", False),
        End(leases[0], Outcome.CANNOT, "twice", False),
    )  # fmt: skip
    assert found[:3] == [TaskStatus.COMPLETED, TaskStatus.COMPLETED, TaskStatus.FAILED]
    assert all(isinstance(each, LeaseLost) for each in found[3:])
    assert (desk.task(child).unmet, desk.status(4)) == (0, TaskStatus.PENDING)
    (attempt,) = database.read(lambda tx: records.attempts(tx, 3))
    assert (attempt.outcome, attempt.detail) == (Outcome.FAILED, "broke é")
    kinds = database.read(
        lambda tx: [
            (row["task_id"], row["kind"], row["data"])
            for row in tx.rows(
                "SELECT task_id, kind, data FROM wl_event WHERE task_id IN (1, 3) ORDER BY seq"
            )
            if row["kind"] not in ("task.filed", "task.claimed")
        ]
    )
    assert kinds == [
        (1, "task.completed", '{"reason":"","status":"completed","was":"in_progress"}'),
        (3, "task.given-up", '{"reason":"broke \\u00e9","status":"failed","was":"in_progress"}'),
        (3, "task.failed", '{"reason":"broke \\u00e9","severity":"critical"}'),
    ]


def test_an_expired_lease_ends_nothing(desk, database: Database, clock: FixedClock) -> None:
    desk.file()
    lease = desk.take(ttl_s=5.0)[1]
    clock.advance(5.0)
    with pytest.raises(LeaseLost):
        counter.end(database, End(lease, Outcome.NOTHING, "", False))
    with pytest.raises(LeaseLost):
        counter.prolong(database, lease, 300.0)
    assert desk.status(lease.task_id) is TaskStatus.IN_PROGRESS


def test_a_live_lease_is_prolonged(desk, database: Database, clock: FixedClock) -> None:
    desk.file()
    lease = desk.take()[1]
    clock.advance(100.0)
    longer = counter.prolong(database, lease, 300.0)
    assert longer.expires_at == lease.expires_at + 100.0
    assert desk.database.read(lambda tx: records.lease_of(tx, lease.task_id)) == longer


def test_a_refused_claim_is_undone_and_the_others_stand(desk, database: Database) -> None:
    for _ in range(3):
        desk.file()
    post = post_of(database)
    found = serve(
        database, want(post, "w0", lambda _tx, _task: True), want(post, "w1", lambda _tx, _task: False),
        want(post, "w2", lambda _tx, _task: True),
    )  # fmt: skip
    assert found[1] is None
    assert {each[0].id for each in (found[0], found[2])} == {1, 2}
    assert desk.status(3) is TaskStatus.PENDING
    assert counter.take(database, post, "w3", admit=lambda _tx, _task: False) is None
    assert desk.task(3).fence == 0


def test_a_lease_without_its_task_undoes_only_itself(desk, database: Database) -> None:
    for _ in range(2):
        desk.file()
    one, two = desk.take()[1], desk.take()[1]
    database.write(lambda tx: tx.execute("UPDATE wl_task SET fence = 9 WHERE id = :id", id=one.task_id))
    found = serve(
        database, End(one, Outcome.NOTHING, "", False), End(two, Outcome.NOTHING, "", False)
    )  # fmt: skip
    assert isinstance(found[0], Exception)
    assert found[1] is TaskStatus.COMPLETED
    assert database.read(lambda tx: records.lease_of(tx, one.task_id)) is not None


def test_threads_never_share_a_task(desk, database: Database) -> None:
    for number in range(60):
        desk.file(wsjf=float(number % 5))
    post, got, lock = post_of(database), [], threading.Lock()

    def work(worker: str) -> None:
        while (found := counter.take(database, post, worker)) is not None:
            assert isinstance(found[1], Lease)
            counter.end(database, End(found[1], Outcome.NOTHING, "", False))
            with lock:
                got.append(found[0].id)

    crew = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(8)]
    for member in crew:
        member.start()
    for member in crew:
        member.join(60)
    assert sorted(got) == list(range(1, 61))


@pytest.mark.postgres
def test_an_edge_committed_while_the_completion_waits_is_seen(desk_of, postgres: Database) -> None:
    desk = desk_of(postgres)
    parent = desk.file()
    lease = desk.take()[1]
    status: list[TaskStatus] = []
    ending = threading.Thread(
        target=lambda: status.append(counter.end(postgres, End(lease, Outcome.NOTHING, "", False)))
    )

    def file_and_wait(tx: Transaction) -> None:
        records.add_task(
            tx, repository_id=1, item_id=None, lane=1, kind="fix", title="t", spec=Spec("mechanic", ("a",)),
            wsjf=1.0, base="a" * 40, now=tx.now(), needs=[parent],
        )  # fmt: skip
        if not ending.is_alive():
            ending.start()
        ending.join(0.3)
        assert not status, "the completion waits for the lock on its task"

    postgres.write(file_and_wait)
    ending.join(30)
    assert (status, desk.task(parent + 1).unmet) == ([TaskStatus.COMPLETED], 0)
