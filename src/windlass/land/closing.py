"""End a landing in one transaction: its row, its task, its item, and the next one in line."""

from collections.abc import Sequence
from typing import Final

from windlass import backlog, conflicts, dispatch, policy
from windlass.backlog import ItemState
from windlass.dispatch import Task, TaskStatus
from windlass.land import records, reopening, riding
from windlass.land.desk import Desk
from windlass.land.model import Cause, Impossible, Landing, LandingState, Mode
from windlass.store import Starter, Transaction

PERSON: Final = "person:"
"""How the names of workers begin that are people."""
_EJECTS: Final = frozenset({Cause.CONFLICT, Cause.RED, Cause.EMPTY})


def current(tx: Transaction, landing: Landing) -> Task | None:
    """The landing's task if it still waits for exactly this landing; None once it was taken away."""
    task = dispatch.task(tx, landing.task_id)
    alive = task.status is TaskStatus.REVIEW_NEEDED and task.fence == landing.fence
    return task if alive else None


def beginning(tx: Transaction, landing: Landing) -> Task:
    """The implementation whose chain this landing ends; the landing's own task where there is no chain."""
    return dispatch.chain.standing(tx, landing.task_id)[0]


def landed(
    tx: Transaction, lot: Sequence[Landing], start: Starter, *, patch: str | None, advice: str, now: float
) -> None:
    """The reference holds the commits of these: record them, complete their tasks, let the items go on."""
    for old in lot:
        _landed(tx, old, patch=patch, advice=advice, now=now)
    _start_next(tx, lot[0], start)


def left(tx: Transaction, leader: Landing) -> int | None:
    """The first task of a batch that does not wait for its landing any more."""
    for one, _ in riding.followers(tx, leader):
        if one.state is not LandingState.QUEUED or current(tx, one) is None:
            return one.task_id
    return None


def stop(desk: Desk, old: Landing, why: Impossible) -> None:
    """Eject what the task can do better next time, block what only a person can clear; whoever rides with it
    waits again.
    """
    end = eject if why.cause in _EJECTS else block

    def record(tx: Transaction) -> None:
        if why.met is not None:
            meet(tx, old, why.met, desk.now)
        riding.let_go(tx, old, why.reason, desk.now)
        end(tx, old, why.cause, why.reason, desk.site.start, now=desk.now)

    desk.site.database.write(record)


def meet(tx: Transaction, old: Landing, met: conflicts.Met, now: float) -> None:
    """Keep the clashes that a merge of this landing met, with the work that is to land."""
    conflicts.account.meet(tx, old.repository_id, old.id, beginning(tx, old).id, met, now=now)


def lessons(desk: Desk, lot: Sequence[Landing]) -> list[conflicts.account.Resolution]:
    """What these landings made of the conflicts for which their work was handed back before."""
    site = desk.site
    work = site.database.read(lambda tx: [(beginning(tx, one).id, one.proof.commit) for one in lot])
    return [
        lesson for task, commit in work for lesson in conflicts.account.learned(site, task, commit, desk.now)
    ]


def stale(tx: Transaction, old: Landing, desk: Desk) -> None:
    """Its task does not wait for it any more."""
    if old.decision:
        policy.withdraw(tx, old.decision, "the task was taken away", desk.now)
    reason = "the task was cancelled, requeued or taken over"
    eject(tx, old, Cause.STALE, reason, desk.site.start, now=desk.now)


def _landed(tx: Transaction, old: Landing, *, patch: str | None, advice: str, now: float) -> None:
    records.finish(tx, old, patch=patch, advice=advice, now=now)
    _end_clashes(tx, old, now)
    task = current(tx, old)
    if task is None:
        reason = "the task was taken away after the landing was decided; the commit stands"
        records.say(tx, old, "landing.task-moved", now, severity="warning", reason=reason)
    else:
        dispatch.chain.close(tx, task.id, old.fence, now)
        first = beginning(tx, old)
        _move_item(tx, first, _delivered(first, old.mode), f"landing {old.id}", now)
        if first.spec.reverts:
            reopening.ended(tx, first.id, old.mode, now)


def _end_clashes(tx: Transaction, old: Landing, now: float) -> None:
    """What the work met before it fits now: who made it so is whoever did it last."""
    task = beginning(tx, old)
    last = [one.worker for one in dispatch.attempts(tx, task.id) if one.fence == task.fence]
    endings = conflicts.account.Ending
    by = endings.PERSON if last and last[0].startswith(PERSON) else endings.AUTHOR
    conflicts.account.end(tx, old.id, task.id, by, commit=old.proof.commit, now=now)


def _delivered(task: Task, mode: Mode) -> ItemState:
    """What was found is closed by the next look for it; what a person ordered is done when it has landed."""
    if mode is Mode.PROPOSE:
        return ItemState.PROPOSED
    return ItemState.CLOSED if task.spec.source == task.spec.ORDERED else ItemState.OPEN


def eject(
    tx: Transaction,
    old: Landing,
    cause: Cause,
    reason: str,
    start: Starter,
    *,
    now: float,
    actor: str = "windlass",
) -> None:
    """It will not land. What that means for the task depends on the cause."""
    records.stop(tx, old, LandingState.EJECTED, cause, reason, now=now, actor=actor)
    if cause is Cause.RED:
        conflicts.account.refused(tx, old.repository_id, old.id, reason)
    task = current(tx, old)
    if task is not None:
        _end_task(tx, old, cause, reason, now=now, actor=actor)
    _start_next(tx, old, start)


def block(
    tx: Transaction, old: Landing, cause: Cause, reason: str, start: Starter, *, now: float,
    decision: str | None = None,
) -> None:  # fmt: skip
    """A person has to look. With a `decision` the task keeps waiting for review, else it is set aside too."""
    records.stop(tx, old, LandingState.BLOCKED, cause, reason, decision=decision, now=now)
    task = current(tx, old)
    if task is not None and decision is None:
        dispatch.verdicts.block(tx, task.id, old.fence, reason, now)
        _move_item(tx, beginning(tx, old), ItemState.BLOCKED, reason, now)
    _start_next(tx, old, start)


def start(tx: Transaction, landing: Landing, starter: Starter, why: str) -> None:
    """Start the workflow of a landing; `why` tells two starts of the same try apart."""
    key = f"land:{landing.task_id}:{landing.fence}:{landing.tries}:{why}"
    starter(tx, "land", key, landing=landing.id)


def _end_task(tx: Transaction, old: Landing, cause: Cause, reason: str, *, now: float, actor: str) -> None:
    """What the end of a landing means for the work it was to bring, guardians included."""
    task = beginning(tx, old)
    if cause is Cause.EMPTY:
        elsewhere = conflicts.account.Ending.ELSEWHERE
        conflicts.account.end(tx, old.id, task.id, elsewhere, commit="", now=now)
        dispatch.chain.close(tx, old.task_id, old.fence, now)
        _move_item(tx, task, ItemState.OPEN, reason, now)
    elif cause is Cause.DECLINED:
        dispatch.verdicts.cancel(tx, task.id, actor, reason, now)
        _move_item(tx, task, ItemState.DECLINED, reason, now)
    else:
        status = dispatch.verdicts.reject(tx, task.id, task.fence, reason, now)
        if status is TaskStatus.FAILED:
            _move_item(tx, task, ItemState.BLOCKED, reason, now)


def _move_item(tx: Transaction, task: Task, new: ItemState, reason: str, now: float) -> None:
    """Move the task's item if it still is at work on it; people may have moved it meanwhile."""
    if task.item_id is None:
        return
    if backlog.item(tx, task.item_id).state is ItemState.ACTIVE:
        backlog.move_item(tx, task.item_id, new, now, reason=reason, expected=ItemState.ACTIVE)


def _start_next(tx: Transaction, old: Landing, starter: Starter) -> None:
    """The slot is free: wake the first one in line."""
    for follower in records.queued(tx, old.repository_id, old.branch, limit=1):
        start(tx, follower, starter, f"after-{old.id}-{old.tries}")
