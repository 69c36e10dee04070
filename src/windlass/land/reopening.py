"""A revert has ended: its row, and the work that it took away, which somebody has to do better."""

from typing import Final

from windlass import backlog, dispatch
from windlass.backlog import ItemState
from windlass.dispatch import Task
from windlass.events import Subject
from windlass.land import records
from windlass.land.model import Landing, Mode
from windlass.land.reversals import Reversal, ReversalState
from windlass.store import Transaction

TIMES_MAX: Final = 2
"""So often may the work on one item be taken back; then a person has to look before it is tried again."""


def ended(tx: Transaction, task: int, mode: Mode, now: float) -> None:
    """The task that takes a landing back is done; where the branch moved, the landing's work is to be done
    again.
    """
    old = records.reversals.of_task(tx, task)
    if old is None or old.state is not ReversalState.OPEN:
        return
    culprit = records.landing(tx, old.landing)
    first = dispatch.chain.standing(tx, culprit.task_id)[0]
    about = Subject(culprit.repository_id, first.item_id, first.id, first.fence)
    if mode is Mode.PROPOSE:
        records.reversals.move(tx, old, ReversalState.PROPOSED, now)
        return
    records.reversals.move(tx, old, ReversalState.LANDED, now)
    again = _reopen(tx, old, culprit, first, now)
    records.reversals.say(tx, "landing.reverted", about, old, now, commit=culprit.commit, again=again)


def _reopen(tx: Transaction, old: Reversal, culprit: Landing, task: Task, now: float) -> int | None:
    """Offer the work anew, with what was seen; the number of its new task. None for a revert, and where
    somebody else has moved the item, is at work on it, or has to look first.
    """
    told = f"what landed as {culprit.commit} was taken back: {old.why.told}"
    if task.spec.reverts:
        return None
    if task.item_id is None:
        return dispatch.chain.again(tx, task.id, now, note=told)
    item = backlog.item(tx, task.item_id)
    if item.state not in (ItemState.OPEN, ItemState.CLOSED):
        return None
    if item.state is ItemState.CLOSED:
        backlog.move_item(tx, item.id, ItemState.OPEN, now, reason=told)
    if records.reversals.times(tx, item.id) >= TIMES_MAX:
        backlog.move_item(tx, item.id, ItemState.BLOCKED, now, reason=f"once more {told}")
        return None
    for new in (ItemState.ROUTED, ItemState.ACTIVE):
        backlog.move_item(tx, item.id, new, now, reason=told)
    return dispatch.chain.again(tx, task.id, now, note=told)
