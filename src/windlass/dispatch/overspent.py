"""A budget is used up: a person is asked whether there shall be more, once, with what it went on."""

from typing import Final

from windlass import backlog, policy
from windlass.backlog import ItemState
from windlass.dispatch import records
from windlass.dispatch.budget import Budget, Standing, amount, extension, told
from windlass.dispatch.records import budgets
from windlass.events import Subject
from windlass.kernel import iso
from windlass.meter import Scope
from windlass.policy import Decision
from windlass.store import Transaction

KIND: Final = "budget"
AGAIN, TWICE, STOP, TOMORROW = "extend", "extend-twice", "stop", "wait-until-tomorrow"
TIMES: Final = {AGAIN: 1, TWICE: 2}


def settle(tx: Transaction, repository_id: int, budget: Budget, now: float) -> None:
    """Ask about each budget that is used up, do what was answered, take back what is over.

    A question stands until it is answered: an answer is used when the budget is used up, never before.
    """
    spent = budgets.spent(tx, repository_id, budget, now)
    keys = {_key(one) for one in spent}
    for asked in policy.open_decisions(tx, repository_id):
        if asked.kind == KIND and asked.key not in keys:
            policy.withdraw(tx, asked.key, "the budget is not used up any more", now)
    for one in spent:
        _act(tx, repository_id, one, _ask(tx, repository_id, one, now), now)


def _key(one: Standing) -> str:
    """A question for each time that the answer was more."""
    return f"{KIND}:{one.purse.scope.value}:{one.purse.key}:{one.answers}"


def _ask(tx: Transaction, repository_id: int, one: Standing, now: float) -> Decision:
    task = records.task(tx, int(one.purse.key)) if one.purse.scope is Scope.TASK else None
    about = Subject(repository_id, task.item_id, task.id) if task else Subject(repository_id)
    more = extension(one, 1)
    return policy.ask(
        tx, _key(one),
        f"The budget of {one.purse.name} is used up: {told(one, one.spent)}. Extend it by"
        f" {', '.join(amount(counter, value) for counter, value in more.items())}?",
        {
            "spent": {counter.value: value for counter, value in one.used.items()},
            "limits": {counter.value: value for counter, value in one.bounds.items()},
            "since": None if one.since is None else iso(one.since),
            AGAIN: {counter.value: value for counter, value in more.items()},
            TWICE: {counter.value: value for counter, value in extension(one, 2).items()},
        },
        (AGAIN, TWICE, STOP if task else TOMORROW), kind=KIND, about=about, now=now, priority=1,
        cost="nothing more begins on it until this is answered" + ("" if task else ", or until tomorrow"),
    )  # fmt: skip


def _act(tx: Transaction, repository_id: int, one: Standing, asked: Decision, now: float) -> None:
    who = asked.answered_by or "somebody"
    if asked.answer in TIMES:
        budgets.extend(
            tx, repository_id, one.purse, extension(one, TIMES[asked.answer]), now, by=who, decision=asked.id
        )
    elif asked.answer == STOP:
        task = records.task(tx, int(one.purse.key))
        reason = f"stopped in decision {asked.id}: its budget is used up"
        records.cancel(tx, task.id, who, reason, now)
        if task.item_id is not None and (item := backlog.item(tx, task.item_id)).state in _ALIVE:
            backlog.move_item(
                tx, item.id, ItemState.DECLINED, now, reason=reason, expected=item.state, actor=who
            )


_ALIVE: Final = (ItemState.OPEN, ItemState.ROUTED, ItemState.ACTIVE, ItemState.BLOCKED)
