"""Several tries at one task: it is put aside while they are made, and then takes over the commit of one.

From there on it is a task like any other: verified under its own fence, guarded, landed, sent back.
"""

from dataclasses import replace
from typing import Final, Protocol

from windlass.dispatch.model import Post, Submission, TaskStatus
from windlass.dispatch.records.leases import hold, submit, taken
from windlass.dispatch.records.moving import Move, move, task_row
from windlass.dispatch.records.verdicts import requeue
from windlass.dispatch.statements import CLAIM_ONE
from windlass.kernel import Conflict
from windlass.store import Starter, Transaction


class House(Protocol):
    """Who takes over; a `Site` is one."""

    @property
    def node(self) -> str: ...
    @property
    def start(self) -> Starter: ...


HELD_S: Final = 60.0
"""The lease that a take-over has within its own transaction."""


def put_aside(tx: Transaction, task_id: int, by: str, now: float) -> None:
    """Keep a pending task from every worker: others try its work. It keeps its files to itself."""
    row = task_row(tx, task_id)
    change = Move(TaskStatus.PLANNING, "task.tried", by, "several tries are made at it")
    move(tx, row, (TaskStatus.PENDING, row["fence"]), change, now)


def set_aside(tx: Transaction, task_id: int, reason: str, now: float) -> None:
    """No try can be taken: the task waits for a person."""
    row = task_row(tx, task_id)
    change = Move(TaskStatus.BLOCKED, "task.blocked", "windlass", reason)
    move(tx, row, (TaskStatus.PLANNING, row["fence"]), change, now)


def take_over(tx: Transaction, task_id: int, offered: Submission, house: House) -> Submission:
    """Offer the commit of one try as the task's own and start its verification; what it offers now.

    The task is put aside, or offers another try's commit which has not landed: that is withdrawn.
    """
    now, worker = tx.now(), f"task-{offered.task_id}"
    row = task_row(tx, task_id)
    if row["status"] == TaskStatus.PLANNING.value:
        change = Move(TaskStatus.PENDING, "task.decided", worker, f"task {offered.task_id} is taken over")
        move(tx, row, (TaskStatus.PLANNING, row["fence"]), change, now)
    else:
        requeue(tx, task_id, worker, f"task {offered.task_id} is taken over instead", now)
    tx.execute("DELETE FROM wl_dep WHERE task_id = :id AND dep_id <= 0 AND dep_id <> -:id", id=task_id)
    tx.execute("UPDATE wl_task SET unmet = 0 WHERE id = :id AND status = 'pending'", id=task_id)
    return hand_in(tx, replace(offered, task_id=task_id), house, worker=worker)


def hand_in(tx: Transaction, offered: Submission, house: House, *, worker: str) -> Submission:
    """Claim a pending task that no worker was given, offer a commit that is here already and start its
    verification, all in this transaction; what it offers now.
    """
    now = tx.now()
    claimed = tx.row(CLAIM_ONE[tx.dialect], id=offered.task_id, now=now)
    if claimed is None:
        raise Conflict(f"task {offered.task_id} moved meanwhile", hint="look at it and decide anew")
    _, lease = taken(tx, claimed, Post((), house.node, HELD_S, offered.sandbox), worker, now)
    made = replace(offered, fence=lease.fence)
    submit(tx, hold(tx, lease, now), made, house.start, now)
    return made
