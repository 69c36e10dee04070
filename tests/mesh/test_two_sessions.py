"""Two sessions on PostgreSQL: one stops between its statements while the other runs; the end is legal.

Claim, submit, a guardian's no, sweep, approve, reject, requeue, cancel and an answer, in every order of two.
"""

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.dispatch.test_two_sessions import Paused
from tests.mesh.conftest import AGENT, BOSS, GOOD, Bureau

from windlass import dispatch
from windlass.dispatch import TaskStatus
from windlass.kernel import Conflict, Denied, WindlassError
from windlass.mesh import Caller, Mesh

S = TaskStatus
ENDED = (S.COMPLETED, S.FAILED, S.CANCELLED)
PAUSES = (2, 5)
TOOLS = ("claim", "submit", "no", "sweep", "approve", "reject", "requeue", "cancel", "answer")


class Halting:
    """A database whose writes stop before their n-th statement, until told or until a while has gone by."""

    def __init__(self, database: Any, at: int, reached: threading.Event, go: threading.Event) -> None:
        self._database, self._at, self._reached, self._go = database, at, reached, go

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def write(self, work: Callable[[Any], Any]) -> Any:
        return self._database.write(lambda tx: work(Paused(tx, self._at, self._reached, self._go)))


def scene(bureau: Bureau) -> tuple[int, dict[str, tuple[str, Any, dict[str, Any]]]]:
    """Work at every stage: approved with its guardian at work, in review, asking, at work, ready."""
    root = bureau.verified(risk="")
    bureau.call("approve_work", task_id=root, commit=GOOD)
    guardian = bureau.claim(lane="qa")
    waiting = bureau.verified()
    asking = bureau.file()
    token = bureau.claim()
    bureau.call("ask_clarification", AGENT, lease_token=token, question="which?")
    bureau.file()
    busy = bureau.claim()
    bureau.file()
    calls: dict[str, tuple[str, Any, dict[str, Any]]] = {
        "claim": ("claim_task", AGENT, {"lanes": ["backend"]}),
        "submit": ("submit_for_review", AGENT, {"lease_token": guardian, "verdict": "pass"}),
        "no": (
            "submit_for_review", AGENT, {"lease_token": guardian, "verdict": "reject", "reason": "bug"},
        ),
        "sweep": ("sweep_stale_leases", BOSS, {}),
        "approve": ("approve_work", BOSS, {"task_id": waiting, "commit": GOOD}),
        "reject": ("reject_work", BOSS, {"task_id": waiting, "reason": "no"}),
        "requeue": ("requeue_task", BOSS, {"task_id": root, "reason": "again"}),
        "cancel": ("cancel_task", BOSS, {"task_id": root, "reason": "no"}),
        "answer": ("respond_to_blocker", BOSS, {"task_id": asking, "answer": "this"}),
        "renew": ("renew_lease", AGENT, {"lease_token": busy}),
    }  # fmt: skip
    return root, calls


@pytest.mark.postgres
@pytest.mark.parametrize("first", TOOLS)
def test_any_two_tools_interleaved_leave_a_legal_state(postgres: Any, clock: Any, first: str) -> None:
    for second, pause in itertools.product(TOOLS, PAUSES):
        bureau = Bureau(postgres, clock)
        _, calls = scene(bureau)
        if "sweep" in (first, second):
            clock.advance(301)
        reached, go = threading.Event(), threading.Event()
        halting = Mesh(
            Halting(postgres, pause, reached, go), bureau.settings, source=bureau.source, start=bureau.started
        )
        failures: list[BaseException] = []

        def run(mesh: Mesh, name: str, failures: list[BaseException] = failures, calls: Any = calls) -> None:
            tool, who, arguments = calls[name]
            try:
                mesh.call(tool, Caller(who, None, "rest"), arguments)
            except (Conflict, Denied):
                return  # refused: the other side was first
            except (WindlassError, BaseException) as error:
                failures.append(error)

        one = threading.Thread(target=run, args=(halting, first))
        one.start()
        reached.wait(0.2)
        run(bureau.mesh, second)
        go.set()
        one.join(30)
        assert not one.is_alive(), "the two sessions stand still"
        assert failures == [], (first, second, failures)
        postgres.read(consistent)
        postgres.write(clear)


def consistent(tx: Any) -> None:
    """What must hold of every task, whoever came first."""
    tasks = {task.id: task for task in dispatch.tasks(tx, 1)}
    for task in tasks.values():
        lease = dispatch.lease_of(tx, task.id)
        attempts = dispatch.attempts(tx, task.id)
        assert lease is None or task.status in (S.IN_PROGRESS, S.BLOCKED), (task, lease)
        assert lease is not None or task.status is not S.IN_PROGRESS, task
        assert lease is None or lease.fence == task.fence, (task, lease)
        assert [one.finished_at is None for one in attempts].count(True) == (lease is not None), attempts
        if task.parent is not None and task.status not in ENDED:
            parent = tasks[task.parent]
            assert (parent.status, parent.review.value) == (S.REVIEW_NEEDED, "approved"), (task, parent)
        followers = [one for one in tasks.values() if one.parent == task.id and one.status not in ENDED]
        assert len(followers) <= 1, followers
    deadlocks = tx.scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert deadlocks == 0, "two sessions waited for each other"


def clear(tx: Any) -> None:
    for task in reversed(dispatch.tasks(tx, 1)):
        if task.status not in ENDED:
            dispatch.verdicts.cancel(tx, task.id, "test", "over", tx.now())
