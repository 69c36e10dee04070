"""The one place where a task changes its status after the claim: conditional on (id, status, fence).

Locks are taken lease first, then task, then dependents in the order of their ids.
"""

from dataclasses import dataclass
from typing import Final

from windlass import policy
from windlass.dispatch.model import ENTRY, TASK, Lease, Outcome, Review, TaskStatus
from windlass.dispatch.records import grounds
from windlass.dispatch.statements import END_ATTEMPT, END_LEASE, LAPSE, LATER, MET, MOVE, TASK_COLUMNS
from windlass.events import Subject, append
from windlass.kernel import Conflict, NotFound
from windlass.store import Row, Transaction

NOTE_MAX: Final = 4_000
"""Characters of a reason or note that are kept."""
MESSAGE_MAX: Final = 65_536
FAILED_KIND: Final = "failed"
RETRY, GIVE_UP = "retry", "give-up"
"""The two answers to a task that failed in a guardian chain."""
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
    rejected: int = 0
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
        rejected=change.rejected, review=row["review"],
    )  # fmt: skip
    if not changed:
        return False
    if change.new is not TaskStatus.COMPLETED and later(tx, row) is not None:
        raise Conflict(f"a task was filed that stands on task {row['id']}", hint="try again")
    about = Subject(row["repository_id"], row["item_id"], row["id"], fence)
    append(
        tx, change.event, now, actor=change.actor, about=about, reason=reason, was=status.value,
        status=change.new.value,
    )  # fmt: skip
    if change.new is TaskStatus.FAILED:
        append(tx, "task.failed", now, actor=change.actor, about=about, reason=reason, severity="critical")
        _ask_about_failure(tx, row, about, reason, now)
    if status is TaskStatus.BLOCKED and change.new is TaskStatus.PENDING and grounds.come_back(tx, row["id"]):
        grounds.look(tx, row["repository_id"], now)
    if change.new is TaskStatus.COMPLETED:
        tx.execute(MET[tx.dialect], id=row["id"], now=now)
    return True


def later(tx: Transaction, row: Row) -> int | None:
    """The last living task of the chain that stands on this one."""
    if row["review"] != Review.APPROVED.value:
        return None  # nothing is filed behind a task that nobody approved
    found = tx.scalar(LATER, root=row["root_id"] or row["id"], id=row["id"])
    return None if found is None else int(found)


def _ask_about_failure(tx: Transaction, row: Row, about: Subject, reason: str, now: float) -> None:
    """The breaker of a guardian chain is open: only a person closes it again."""
    if row["role"] in ("", ENTRY):
        return  # a task without a chain blocks its item, which is its own way to ask; an entry its trial
    policy.ask(
        tx, f"{FAILED_KIND}:{row['id']}", f"Task {row['id']} failed: {row['title']}. Try again?",
        {"reason": reason, "role": row["role"], "attempts": row["attempt"], "rejections": row["rejections"]},
        (RETRY, GIVE_UP), kind=FAILED_KIND, about=about, default=GIVE_UP, priority=0, now=now,
    )  # fmt: skip


def end_lease(tx: Transaction, lease: Lease, change: Move, now: float) -> None:
    tx.execute(END_LEASE, id=lease.task_id, fence=lease.fence)
    end_attempt(tx, lease.task_id, lease.fence, change, now)


def end_attempt(tx: Transaction, task_id: int, fence: int, change: Move, now: float) -> None:
    outcome = None if change.outcome is None else change.outcome.value
    detail = change.reason[:NOTE_MAX]
    tx.execute(END_ATTEMPT, id=task_id, fence=fence, outcome=outcome, detail=detail, now=now)


def lapse(tx: Transaction, row: Row, lease: Row, outcome: Outcome, now: float) -> None:
    """A worker that waits for an answer is gone: its lease has ended, the question stays."""
    reason = f"worker {lease['worker']!r} did not wait for its answer"
    change = Move(TaskStatus.BLOCKED, "lease.expired", "windlass", reason, outcome=outcome)
    end_attempt(tx, row["id"], lease["fence"], change, now)
    if not tx.execute(LAPSE, id=row["id"], fence=lease["fence"], now=now):
        raise Conflict(f"task {row['id']} is no longer blocked at fence {lease['fence']}", hint="look again")
    about = Subject(row["repository_id"], row["item_id"], row["id"], lease["fence"])
    blocked = TaskStatus.BLOCKED.value
    append(tx, change.event, now, actor="windlass", about=about, reason=reason, was=blocked, status=blocked)


def add_message(tx: Transaction, task_id: int, fence: int, words: tuple[str, str, str], now: float) -> int:
    """Add (role, kind, content) to the talk about a task, whose row or lease is locked; its number."""
    role, kind, content = words
    if len(content) > MESSAGE_MAX:
        content = content[:MESSAGE_MAX] + " … (cut)"
    seq = tx.scalar(
        "INSERT INTO wl_message (task_id, seq, fence, role, kind, content, at)"
        " SELECT :id, COALESCE(MAX(seq), 0) + 1, :fence, :role, :kind, :content, :now"
        " FROM wl_message WHERE task_id = :id RETURNING seq",
        id=task_id, fence=fence, role=role, kind=kind, content=content, now=now,
    )  # fmt: skip
    return int(seq)


def task_row(tx: Transaction, task_id: int) -> Row:
    row = tx.row(f"SELECT {TASK_COLUMNS} FROM wl_task WHERE id = :id", id=task_id)  # noqa: S608
    if row is None:
        raise NotFound(f"no task {task_id}", hint="`windlass task list` shows the tasks")
    return row


def subject_of(row: Row) -> Subject:
    return Subject(row["repository_id"], row["item_id"], row["id"], row["fence"])
