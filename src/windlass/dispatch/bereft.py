"""A task needs another one that will never be completed: it is blocked, and a person is asked."""

from typing import Final

from windlass import policy
from windlass.dispatch import records
from windlass.dispatch.model import Task, TaskStatus
from windlass.dispatch.records import needs
from windlass.events import Subject
from windlass.store import Transaction

KIND: Final = "needs"
ANYWAY, CANCEL = "go-on", "cancel"


def settle(tx: Transaction, repository_id: int, now: float) -> None:
    """Block and ask for each task whose need is dead, do what was answered, take back what is over.

    A need that was filed anew is alive again: whoever waited for it waits for the new task.
    """
    pairs = needs.dead(tx, repository_id)
    found = [(records.task(tx, one), records.task(tx, need)) for one, need in pairs]
    keys = {_key(task, need) for task, need in found}
    for asked in policy.open_decisions(tx, repository_id):
        if asked.kind == KIND and asked.key not in keys:
            policy.withdraw(tx, asked.key, "the task, or the one that it needs, has moved", now)
            _come_back(tx, asked.task, now)
    for task, need in found:
        _act(tx, task, need, now)


def _key(task: Task, need: Task) -> str:
    """Asked anew after the task was moved by hand; blocking it does not grow its fence."""
    return f"{KIND}:{task.id}:{need.id}:{task.fence}"


def _act(tx: Transaction, task: Task, need: Task, now: float) -> None:
    why = f"it needs task {need.id}, which is {need.status.value}: {need.note}"
    if task.status is TaskStatus.PENDING and not needs.block(tx, task.id, why, now):
        return
    asked = policy.ask(
        tx, _key(task, need),
        f"{task.title!r} needs task {need.id}, which is {need.status.value}. Go on without it?",
        {"reason": need.note, "needs": need.id, "title": need.title}, (ANYWAY, CANCEL), kind=KIND, now=now,
        about=Subject(task.repository_id, task.item_id, task.id, task.fence),
        cost="nobody works on it until this is answered",
    )  # fmt: skip
    who = asked.answered_by or "somebody"
    if asked.answer == ANYWAY:
        needs.waive(tx, task.id, need.id)
        records.unblock(tx, task.id, who, f"decision {asked.id}: go on without task {need.id}", now)
    elif asked.answer == CANCEL:
        records.cancel(tx, task.id, who, f"decision {asked.id}: {why}", now)


def _come_back(tx: Transaction, task_id: int | None, now: float) -> None:
    if task_id is not None and records.task(tx, task_id).status is TaskStatus.BLOCKED:
        records.unblock(tx, task_id, "windlass", "the task that it needs was filed anew", now)
