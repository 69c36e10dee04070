"""The one place where a task changes its status after the claim: conditional on (id, status, fence).

Locks are taken lease first, then task, then dependents in the order of their ids.
"""

from dataclasses import dataclass
from typing import Final

from windlass.dispatch.model import TASK, Lease, Outcome, TaskStatus
from windlass.dispatch.statements import END_ATTEMPT, END_LEASE, MET, MOVE, TASK_COLUMNS
from windlass.events import Subject, append
from windlass.kernel import Conflict, NotFound
from windlass.store import Row, Transaction

NOTE_MAX: Final = 4_000
"""Characters of a reason or note that are kept."""
MESSAGE_MAX: Final = 65_536
GIVEN_UP: Final = {TaskStatus.COMPLETED: "task.completed", TaskStatus.BLOCKED: "task.blocked"}
"""The event of a worker's own end, where it is not `task.given-up`."""


@dataclass(frozen=True, slots=True)
class Move:
    """A change of status: where to, why, by whom, and what it does to fence, attempts and note."""

    new: TaskStatus
    event: str
    actor: str
    reason: str
    outcome: Outcome | None = None
    grow: int = 0
    refund: int = 0
    keep: bool = False
    """Keep the note: a lost lease must not hide why the last submission was rejected."""


def move(tx: Transaction, row: Row, expected: tuple[TaskStatus, int], change: Move, now: float) -> None:
    """Change the row if it is still (id, status, fence); else raise Conflict and change nothing."""
    status, fence = expected
    TASK.check(status, change.new)
    if not moved(tx, row, expected, change, now):
        found = task_row(tx, row["id"])
        raise Conflict(
            f"task {row['id']} is {found['status']} at fence {found['fence']},"
            f" not {status.value} at fence {fence}",
            hint="read the task again and decide anew",
        )


def moved(tx: Transaction, row: Row, expected: tuple[TaskStatus, int], change: Move, now: float) -> bool:
    """Change the row if it is still (id, status, fence), with its events and dependents; say whether."""
    status, fence = expected
    reason = change.reason[:NOTE_MAX]
    changed = tx.execute(
        MOVE, new=change.new.value, grow=change.grow, refund=change.refund, id=row["id"], old=status.value,
        fence=fence, note=row["note"] if change.keep or not reason else reason, now=now,
    )  # fmt: skip
    if not changed:
        return False
    about = Subject(row["repository_id"], row["item_id"], row["id"], fence)
    append(
        tx, change.event, now, actor=change.actor, about=about, reason=reason, was=status.value,
        status=change.new.value,
    )  # fmt: skip
    if change.new is TaskStatus.FAILED:
        append(tx, "task.failed", now, actor=change.actor, about=about, reason=reason, severity="critical")
    if change.new is TaskStatus.COMPLETED:
        tx.execute(MET[tx.dialect], id=row["id"], now=now)
    return True


def end_lease(tx: Transaction, lease: Lease, change: Move, now: float) -> None:
    tx.execute(END_LEASE, id=lease.task_id, fence=lease.fence)
    end_attempt(tx, lease.task_id, lease.fence, change, now)


def end_attempt(tx: Transaction, task_id: int, fence: int, change: Move, now: float) -> None:
    outcome = None if change.outcome is None else change.outcome.value
    detail = change.reason[:NOTE_MAX]
    tx.execute(END_ATTEMPT, id=task_id, fence=fence, outcome=outcome, detail=detail, now=now)


def add_message(tx: Transaction, task_id: int, fence: int, words: tuple[str, str, str], now: float) -> None:
    role, kind, content = words
    if len(content) > MESSAGE_MAX:
        content = content[:MESSAGE_MAX] + " … (cut)"
    tx.execute(
        "INSERT INTO wl_message (task_id, seq, fence, role, kind, content, at)"
        " SELECT :id, COALESCE(MAX(seq), 0) + 1, :fence, :role, :kind, :content, :now"
        " FROM wl_message WHERE task_id = :id",
        id=task_id, fence=fence, role=role, kind=kind, content=content, now=now,
    )  # fmt: skip


def task_row(tx: Transaction, task_id: int) -> Row:
    row = tx.row(f"SELECT {TASK_COLUMNS} FROM wl_task WHERE id = :id", id=task_id)  # noqa: S608
    if row is None:
        raise NotFound(f"no task {task_id}", hint="`windlass task list` shows the tasks")
    return row


def subject_of(row: Row) -> Subject:
    return Subject(row["repository_id"], row["item_id"], row["id"], row["fence"])
