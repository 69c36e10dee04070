"""What others decide about a task: verification and landing by fence, operators whatever its state.

A task may carry later ones of its guardian chain: they stand on its approved commit and are taken away, last
first, before it moves. That order, descendants before ancestors and lease before task, is everybody's.
"""

from typing import Final

from windlass.dispatch.lease import after_setback
from windlass.dispatch.model import TASK, Outcome, TaskStatus
from windlass.dispatch.records.moving import Move, add_message, end_attempt, later, move, moved, task_row
from windlass.dispatch.statements import END_LEASE
from windlass.kernel import Conflict
from windlass.store import Row, Transaction

RACES_MAX: Final = 8
"""How often an operator's action looks again when the task moved under it."""
_LEASED: Final = (TaskStatus.IN_PROGRESS, TaskStatus.BLOCKED)


def reject(
    tx: Transaction, task_id: int, fence: int, reason: str, now: float, *, actor: str = "windlass"
) -> TaskStatus:
    """Refuse a submission: back to the queue with the reason, or failed when the attempts are used up."""
    row = _apart(tx, task_id, now)
    new = after_setback(row["attempt"], row["attempts_max"])
    change = Move(new, "task.rejected", actor, reason, rejected=1)
    move(tx, row, (TaskStatus.REVIEW_NEEDED, fence), change, now)
    add_message(tx, task_id, fence, (actor, "rejection", reason), now)
    return new


def complete(tx: Transaction, task_id: int, fence: int, now: float) -> None:
    """Accept a submission; tasks that waited for this one come closer to ready."""
    change = Move(TaskStatus.COMPLETED, "task.completed", "windlass", "")
    move(tx, task_row(tx, task_id), (TaskStatus.REVIEW_NEEDED, fence), change, now)


def block(tx: Transaction, task_id: int, fence: int, reason: str, now: float) -> None:
    """Set a submission aside until a person unblocks its task."""
    change = Move(TaskStatus.BLOCKED, "task.blocked", "windlass", reason)
    move(tx, _apart(tx, task_id, now), (TaskStatus.REVIEW_NEEDED, fence), change, now)


def cancel(tx: Transaction, task_id: int, actor: str, reason: str, now: float) -> None:
    """End a task for good, whoever works on it; its worker can change nothing any more."""
    _overrule(
        tx, task_id, Move(TaskStatus.CANCELLED, "task.cancelled", actor, reason, Outcome.CANCELLED, 1), now
    )


def requeue(tx: Transaction, task_id: int, actor: str, reason: str, now: float) -> None:
    """Take a task from its worker or reviewer and put it back into the queue under a new fence."""
    _overrule(tx, task_id, Move(TaskStatus.PENDING, "task.requeued", actor, reason, Outcome.REQUEUED, 1), now)


def unblock(tx: Transaction, task_id: int, actor: str, reason: str, now: float) -> None:
    """Put a blocked task back into the queue under a new fence, whoever waits for an answer there."""
    status = TaskStatus(task_row(tx, task_id)["status"])
    if status is not TaskStatus.BLOCKED:
        raise Conflict(
            f"task {task_id} is {status.value}, not blocked", hint="only blocked tasks are unblocked"
        )
    change = Move(TaskStatus.PENDING, "task.unblocked", actor, reason, Outcome.REQUEUED, 1)
    _overrule(tx, task_id, change, now, only=TaskStatus.BLOCKED)


def _overrule(
    tx: Transaction, task_id: int, change: Move, now: float, *, only: TaskStatus | None = None
) -> None:
    """An operator's move from whatever state the task is in, lease locked before task."""
    lock = "" if tx.lite else " FOR UPDATE"
    for _ in range(RACES_MAX):
        cut(tx, task_row(tx, task_id), now)
        lease = tx.row(f"SELECT fence FROM wl_lease WHERE task_id = :id{lock}", id=task_id)  # noqa: S608
        row = task_row(tx, task_id)
        old = TaskStatus(row["status"])
        TASK.check(old, change.new)
        fits = old in _LEASED if lease is not None else old is not TaskStatus.IN_PROGRESS
        if only not in (None, old):
            break
        if not fits or not moved(tx, row, (old, row["fence"]), change, now):
            continue  # it moved between two statements; look again
        if lease is not None:
            tx.execute(END_LEASE, id=task_id, fence=row["fence"])
            end_attempt(tx, task_id, row["fence"], change, now)
        return
    raise Conflict(f"task {task_id} keeps moving", hint="try again")


def cut(tx: Transaction, row: Row, now: float) -> None:
    """Cancel what stands on this task's approved commit, the last first."""
    reason = f"task {row['id']}, which it stands on, was taken back"
    while (last := later(tx, row)) is not None:
        change = Move(TaskStatus.CANCELLED, "task.cancelled", "windlass", reason, Outcome.CANCELLED, 1)
        _overrule(tx, last, change, now)


def _apart(tx: Transaction, task_id: int, now: float) -> Row:
    """The task's row, once nothing stands on it any more."""
    row = task_row(tx, task_id)
    cut(tx, row, now)
    return task_row(tx, task_id)
