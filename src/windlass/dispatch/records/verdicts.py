"""What others decide about a task: verification and landing by fence, operators whatever its state."""

from typing import Final

from windlass.dispatch.lease import after_setback
from windlass.dispatch.model import TASK, Outcome, TaskStatus
from windlass.dispatch.records.moving import Move, add_message, end_attempt, move, moved, task_row
from windlass.dispatch.statements import END_LEASE
from windlass.kernel import Conflict
from windlass.store import Transaction

RACES_MAX: Final = 8
"""How often an operator's action looks again when the task moved under it."""


def reject(tx: Transaction, task_id: int, fence: int, reason: str, now: float) -> TaskStatus:
    """Refuse a submission: back to the queue with the reason, or failed when the attempts are used up."""
    row = task_row(tx, task_id)
    new = after_setback(row["attempt"], row["attempts_max"])
    change = Move(new, "task.rejected", "windlass", reason)
    move(tx, row, (TaskStatus.REVIEW_NEEDED, fence), change, now)
    add_message(tx, task_id, fence, ("windlass", "rejection", reason), now)
    return new


def complete(tx: Transaction, task_id: int, fence: int, now: float) -> None:
    """Accept a submission; tasks that waited for this one come closer to ready."""
    change = Move(TaskStatus.COMPLETED, "task.completed", "windlass", "")
    move(tx, task_row(tx, task_id), (TaskStatus.REVIEW_NEEDED, fence), change, now)


def block(tx: Transaction, task_id: int, fence: int, reason: str, now: float) -> None:
    """Set a submission aside until a person unblocks its task."""
    change = Move(TaskStatus.BLOCKED, "task.blocked", "windlass", reason)
    move(tx, task_row(tx, task_id), (TaskStatus.REVIEW_NEEDED, fence), change, now)


def cancel(tx: Transaction, task_id: int, actor: str, reason: str, now: float) -> None:
    """End a task for good, whoever works on it; its worker can change nothing any more."""
    _overrule(
        tx, task_id, Move(TaskStatus.CANCELLED, "task.cancelled", actor, reason, Outcome.CANCELLED, 1), now
    )


def requeue(tx: Transaction, task_id: int, actor: str, reason: str, now: float) -> None:
    """Take a task from its worker or reviewer and put it back into the queue under a new fence."""
    _overrule(tx, task_id, Move(TaskStatus.PENDING, "task.requeued", actor, reason, Outcome.REQUEUED, 1), now)


def unblock(tx: Transaction, task_id: int, actor: str, reason: str, now: float) -> None:
    """Put a blocked task back into the queue under a new fence."""
    change = Move(TaskStatus.PENDING, "task.unblocked", actor, reason, Outcome.REQUEUED, 1)
    row = task_row(tx, task_id)
    move(tx, row, (TaskStatus.BLOCKED, row["fence"]), change, now)


def _overrule(tx: Transaction, task_id: int, change: Move, now: float) -> None:
    """An operator's move from whatever state the task is in, lease locked before task."""
    lock = "" if tx.lite else " FOR UPDATE"
    for _ in range(RACES_MAX):
        lease = tx.row(f"SELECT fence FROM wl_lease WHERE task_id = :id{lock}", id=task_id)  # noqa: S608
        row = task_row(tx, task_id)
        old = TaskStatus(row["status"])
        TASK.check(old, change.new)
        leased = old is TaskStatus.IN_PROGRESS
        if leased != (lease is not None) or not moved(tx, row, (old, row["fence"]), change, now):
            continue  # it moved between two statements; look again
        if leased:
            tx.execute(END_LEASE, id=task_id, fence=row["fence"])
            end_attempt(tx, task_id, row["fence"], change, now)
        return
    raise Conflict(f"task {task_id} keeps moving", hint="try again")
