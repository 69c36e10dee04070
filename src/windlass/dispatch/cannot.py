"""A worker says that a task cannot be done: a person is asked what becomes of it."""

from typing import Final

from windlass import backlog, policy
from windlass.backlog import Item, ItemState
from windlass.dispatch import records
from windlass.dispatch.model import Outcome, Task, TaskStatus
from windlass.events import Subject
from windlass.store import Transaction

KIND: Final = "cannot"
RETRY, DECLINE = "retry", "decline"


def settle(tx: Transaction, item: Item, task: Task, now: float) -> None:
    """Ask about an item's newest task if its worker could not do it, and do what was answered.

    Asked once per attempt; taken back when somebody moved the task meanwhile.
    """
    key = f"{KIND}:{task.id}:{task.attempt}"
    tried = records.attempts(tx, task.id)
    if not tried or tried[-1].outcome is not Outcome.CANNOT:
        return
    if task.status is not TaskStatus.BLOCKED:
        policy.withdraw(tx, key, f"its task is {task.status.value}", now)
        return
    asked = policy.ask(
        tx, key, f"{task.title!r} cannot be done, says its worker: {tried[-1].detail}. Try again?",
        {"reason": tried[-1].detail, "runner": task.spec.runner, "attempts": task.attempt},
        (RETRY, DECLINE), kind=KIND, now=now, cost="nobody works on it until this is answered",
        about=Subject(task.repository_id, item.id, task.id, task.fence),
    )  # fmt: skip
    who = asked.answered_by or "somebody"
    if asked.answer == RETRY:
        records.unblock(tx, task.id, who, f"decision {asked.id}: try again", now)
    elif asked.answer == DECLINE:
        reason = f"declined in decision {asked.id}: cannot be done"
        records.cancel(tx, task.id, who, reason, now)
        backlog.move_item(tx, item.id, ItemState.DECLINED, now, reason=reason, expected=item.state, actor=who)
