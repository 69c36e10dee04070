"""Questions of workers and the answers to them: a blocked task whose lease may go on living."""

from dataclasses import asdict

from windlass.dispatch.lease import HeldLease
from windlass.dispatch.model import Message as Message
from windlass.dispatch.model import Outcome, TaskStatus
from windlass.dispatch.records.moving import Move, add_message, lapse, move, task_row
from windlass.dispatch.statements import END_LEASE
from windlass.kernel import Conflict
from windlass.store import Transaction

QUESTION, ANSWER = "question", "answer"


def ask(tx: Transaction, held: HeldLease, question: str, now: float) -> int:
    """Block the task on a question of its worker, who keeps the lease while renewing it; the question's
    number.
    """
    lease = held.lease
    row = task_row(tx, lease.task_id)
    change = Move(TaskStatus.BLOCKED, "task.blocked", lease.worker, question)
    move(tx, row, (TaskStatus.IN_PROGRESS, lease.fence), change, now)
    return add_message(tx, lease.task_id, lease.fence, ("worker", QUESTION, question), now)


def say(tx: Transaction, held: HeldLease, kind: str, content: str, now: float) -> None:
    """Add a worker's message to the talk about its task."""
    add_message(tx, held.lease.task_id, held.lease.fence, ("worker", kind, content), now)


def answer(tx: Transaction, task_id: int, actor: str, text: str, now: float) -> TaskStatus:
    """Answer the question a task is blocked on: its worker goes on under the same fence if it still holds
    the lease, else the task goes back to the queue and the answer is in its messages.
    """
    lock = "" if tx.lite else " FOR UPDATE"
    lease = tx.row(
        f"SELECT task_id, fence, worker, expires_at FROM wl_lease WHERE task_id = :id{lock}",  # noqa: S608
        id=task_id,
    )
    row = task_row(tx, task_id)
    if row["status"] != TaskStatus.BLOCKED.value or pending_question(tx, task_id) is None:
        raise Conflict(
            f"task {task_id} is {row['status']} and waits for no answer", hint="read the task again"
        )
    if lease is not None and lease["expires_at"] <= now:
        tx.execute(END_LEASE, id=task_id, fence=lease["fence"])
        lapse(tx, row, lease, Outcome.LOST, now)
        lease, row = None, task_row(tx, task_id)
    new = TaskStatus.PENDING if lease is None else TaskStatus.IN_PROGRESS
    change = Move(new, "task.answered", actor, text, keep=lease is not None)
    move(tx, row, (TaskStatus.BLOCKED, row["fence"]), change, now)
    add_message(tx, task_id, row["fence"], (actor, ANSWER, text), now)
    return new


def leave(tx: Transaction, held: HeldLease, now: float) -> bool:
    """End the lease of a worker who asked and did not wait: the task stays blocked until it is answered.

    Whether it was blocked; if not, nothing has changed.
    """
    lease = held.lease
    row = task_row(tx, lease.task_id)
    if row["status"] != TaskStatus.BLOCKED.value:
        return False
    tx.execute(END_LEASE, id=lease.task_id, fence=lease.fence)
    lapse(tx, row, asdict(lease), Outcome.LOST, now)
    return True


def pending_question(tx: Transaction, task_id: int) -> Message | None:
    """The newest question about a task, unless it is answered."""
    found = last_words(tx, task_id)
    return found if found is not None and found.kind == QUESTION else None


def last_words(tx: Transaction, task_id: int, *kinds: str) -> Message | None:
    """The newest question or answer about a task, or the newest message of these kinds."""
    first, second = (*kinds, *kinds)[:2] if kinds else (QUESTION, ANSWER)
    row = tx.row(
        "SELECT seq, fence, role, kind, content, at FROM wl_message WHERE task_id = :id"
        " AND kind IN (:first, :second) ORDER BY seq DESC LIMIT 1",
        id=task_id, first=first, second=second,
    )  # fmt: skip
    if row is None:
        return None
    return Message(row["seq"], row["fence"], row["role"], row["kind"], row["content"], row["at"])
