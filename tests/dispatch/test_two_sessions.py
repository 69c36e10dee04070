"""Two sessions on PostgreSQL: one stops between its statements while the other runs; the end is legal in
any order.
"""

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest

from windlass.dispatch import Lease, Submission, TaskStatus, records
from windlass.kernel import Conflict
from windlass.store import Started

OID = "a" * 40
PAUSES = (1, 2, 4)


class Paused:
    """A transaction that waits before its n-th statement, until told or until the other side is stuck on a
    lock.
    """

    def __init__(self, tx: Any, at: int, reached: threading.Event, go: threading.Event) -> None:
        self._tx, self._left, self._reached, self._go = tx, at, reached, go

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._tx, name)
        if name not in ("row", "rows", "execute", "scalar"):
            return found

        def call(sql: str, **values: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                self._reached.set()
                self._go.wait(0.1)  # the other side may have to wait for our locks
            return found(sql, **values)

        return call


def operations(desk, task_id: int, lease: Lease) -> dict[str, Callable[[Any], object]]:
    offer = Submission(task_id, lease.fence, OID, OID, OID, ("src/a.py",), 1, "bwrap")

    def submit(tx: Any) -> None:
        records.submit(tx, records.hold(tx, lease, tx.now()), offer, Started(), tx.now())

    def claim(tx: Any) -> None:
        records.claim(tx, [records.lane_id(tx, 1, "mechanic")], "w2", "n2", tx.now())

    return {
        "claim": claim,
        "submit": submit,
        "renew": lambda tx: records.renew(tx, lease, tx.now()),
        "sweep": lambda tx: records.sweep(tx, tx.now() + 301),
        "cancel": lambda tx: records.cancel(tx, task_id, "ada", "no", tx.now()),
        "requeue": lambda tx: records.requeue(tx, task_id, "ada", "again", tx.now()),
    }


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("first", "second"),
    list(itertools.permutations(["claim", "submit", "sweep", "cancel", "requeue", "renew"], 2)),
)
def test_any_two_operations_interleaved_leave_a_legal_state(
    postgres, desk_of, first: str, second: str
) -> None:
    desk = desk_of(postgres)
    for pause in PAUSES:
        task_id = desk.file()
        _, lease = desk.take()
        calls = operations(desk, task_id, lease)
        reached, go = threading.Event(), threading.Event()
        failures: list[BaseException] = []

        def run(work: Callable[[Any], object], failures: list[BaseException] = failures) -> None:
            try:
                postgres.write(work)
            except Conflict:
                return  # refused: the other side was first
            except BaseException as error:
                failures.append(error)

        one = threading.Thread(
            target=run,
            args=(lambda tx: calls[first](Paused(tx, pause, reached, go)),),  # noqa: B023
        )
        one.start()
        reached.wait(0.5)
        run(calls[second])
        go.set()
        one.join(30)
        assert not one.is_alive(), "the two sessions stand still"
        assert failures == [], failures
        consistent(postgres, task_id)
        for open_task in postgres.read(lambda tx: records.tasks(tx, 1)):
            if open_task.status not in (TaskStatus.CANCELLED, TaskStatus.FAILED, TaskStatus.COMPLETED):
                desk.cancel(open_task.id)


def consistent(database, task_id: int) -> None:
    def look(tx: Any) -> tuple[Any, ...]:
        return (
            records.task(tx, task_id), records.lease_of(tx, task_id), records.attempts(tx, task_id),
            tx.scalar("SELECT count(*) FROM wl_submission WHERE task_id = :id", id=task_id),
        )  # fmt: skip

    task, lease, attempts, submissions = database.read(look)
    assert (lease is not None) == (task.status is TaskStatus.IN_PROGRESS), (task, lease)
    assert lease is None or lease.fence == task.fence
    assert submissions == sum(
        attempt.outcome is not None and attempt.outcome.value == "submitted" for attempt in attempts
    )
    assert [attempt.finished_at is None for attempt in attempts].count(True) == (lease is not None)
