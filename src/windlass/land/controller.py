"""Move one landing from state to state until it is decided; every step may be repeated after a kill -9.

QUEUED -> BUILDING -> PROVED -> LANDING -> LANDED | PROPOSED; and EJECTED or BLOCKED with the cause. Who leads
a batch takes its followers along: QUEUED -> RIDING -> LANDED.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from windlass import conflicts, policy, ratchet
from windlass.dispatch import Site
from windlass.forge import Rejected, Unreachable
from windlass.kernel import Conflict, Unavailable, WindlassError
from windlass.land import (
    asking,
    building,
    closing,
    hosting,
    provenance,
    publish,
    records,
    riding,
    testimony,
)
from windlass.land.desk import Desk, Judge, Known, Mark
from windlass.land.key import LandingKey
from windlass.land.model import LANDING, Cause, Landing, LandingState, Mode
from windlass.land.muster import muster, slots
from windlass.land.publication import Publication
from windlass.store import Starter, Transaction
from windlass.verify import judge_tree

STEPS_MAX: Final = 100
"""Steps of one `run`; a landing needs four, and three more each time its branch moves."""
IDLE_S: Final = 60.0
"""Seconds after which a landing that nobody moves is started again by `tick`."""
STALE_S: Final = 900.0
"""The same for one that is being checked: tiers 0 and 1 have budgets of 1 and 5 minutes."""


def enqueue(
    tx: Transaction, repository_id: int, task_id: int, fence: int, *, branch: str, mode: Mode, start: Starter,
    now: float,
) -> int:  # fmt: skip
    """Queue a verified submission for `branch` and start its workflow; once per (task, fence)."""
    landing_id = records.add(tx, repository_id, task_id, fence, branch=branch, mode=mode, now=now)
    start(tx, "land", f"land:{task_id}:{fence}", landing=landing_id)
    return landing_id


def run(
    site: Site, landing_id: int, *, key: LandingKey | None = None, judge: Judge = judge_tree,
    known: Known = lambda *_: False, mark: Mark = lambda _: None,
) -> Landing:  # fmt: skip
    """Bring one landing as far as it gets and return it. With a key its commit and its statement are signed.

    QUEUED means that another one holds the branch or is next; whoever ends that one starts this one. In a
    pause it goes no further than PROVED, unless its branch has moved; `tick` starts it afterwards. Others
    that wait land with it where the plan of the queue says so, unless its tree is `known` to pass. Safe from
    several processes at once, and resumable after a kill -9 at any line: the rows say what was decided, the
    reference says what was done, and the commit has the same id at every try.
    """
    desk = Desk(site, judge, known, mark, key)
    for _ in range(STEPS_MAX):
        found = site.database.read(lambda tx: records.landing(tx, landing_id))
        step = _STEPS.get(found.state)
        if step is None:
            return found
        try:
            if not step(desk, found):
                return site.database.read(lambda tx: records.landing(tx, landing_id))
        except Conflict:
            continue  # somebody else moved it, or its branch: look again
        except Unreachable as error:
            hosting.waits(desk, found, error)
            return site.database.read(lambda tx: records.landing(tx, landing_id))
    raise Unavailable(f"landing {landing_id} keeps moving", hint="run it again when the branch is quiet")


def tick(tx: Transaction, repository_id: int, start: Starter, now: float) -> list[int]:
    """Start again what nobody moves: answered questions, a free branch with a queue, a silent holder. In a
    pause only what is being checked.
    """
    started = []
    paused = policy.pauses.held(tx, repository_id) is not None
    for one in records.in_states(tx, repository_id, *(s for s in LandingState if not LANDING.final(s))):
        if one.state is LandingState.BLOCKED:
            due = one.decision is not None and (asking.answer(tx, one) or closing.current(tx, one) is None)
        elif one.state is LandingState.QUEUED:
            free = records.holder(tx, one.repository_id, one.branch) is None
            due = free and now - one.updated_at > IDLE_S
        elif one.state is LandingState.RIDING:
            due = False  # who leads it is started, and takes it along
        else:
            silent = one.state is LandingState.BUILDING and not one.reason
            patience = STALE_S if silent else IDLE_S
            due = now - one.updated_at > patience
        if due and (not paused or one.state is LandingState.BUILDING):
            closing.start(tx, one, start, f"tick-{int(now // IDLE_S)}")
            started.append(one.id)
    return started


def _begin(desk: Desk, old: Landing) -> bool:
    """QUEUED -> BUILDING, if the branch is free and it is its turn; says whether it went on."""
    desk.mark("begin")

    def take(tx: Transaction) -> bool:
        queued = records.lock_queue(tx, old.repository_id, old.branch)
        if closing.current(tx, old) is None:
            closing.stale(tx, old, desk)
            return True
        if policy.pauses.held(tx, old.repository_id):
            return False
        if len(queued) > 1 and records.holder(tx, old.repository_id, old.branch) is None:
            found = muster(tx, old, queued, slots(desk.site.at_once))
            for guilty, why in found.out:
                closing.eject(tx, guilty, Cause.RED, why, desk.site.start, now=desk.now)
            if found.out:
                return True
            if found.leader.id != old.id:
                closing.start(tx, found.leader, desk.site.start, f"turn-{old.id}-{old.tries}")
                return False
        taken = records.take_slot(tx, old, desk.now)
        return taken or records.landing(tx, old.id).state is not LandingState.QUEUED

    return desk.site.database.write(take)


def _intend(desk: Desk, old: Landing) -> bool:
    """PROVED -> LANDING: look at the branch and the tasks once more, and put the intention on record; says
    whether it went on.
    """
    desk.mark("intend")
    if old.mode is Mode.LAND:
        seen = publish.host(desk.site, old).ref(desk.site.mirror, publish.target(old))
        if seen != old.base:
            desk.site.database.write(
                lambda tx: records.rebuild(tx, old, f"{old.branch} moved to {seen}", desk.now)
            )
            return True

    def intend(tx: Transaction) -> bool:
        if closing.current(tx, old) is None:
            closing.stale(tx, old, desk)
            return True
        if policy.pauses.held(tx, old.repository_id):
            return False
        if left := closing.left(tx, old):
            records.rebuild(tx, old, f"task {left} of its batch was taken away", desk.now)
            return True
        ref = publish.target(old)
        records.intend(tx, old, ref, desk.now)
        riding.board(tx, old, ref, desk.now)
        return True

    return desk.site.database.write(intend)


def _land(desk: Desk, old: Landing) -> bool:
    """LANDING -> LANDED | PROPOSED: move the reference by compare-and-swap, read it back, record it. In a
    pause only what has moved is recorded.
    """
    desk.mark("land")
    site = desk.site
    lot, whole = site.database.read(lambda tx: riding.lot(tx, old))
    publication, seen = publish.situation(site, whole)
    if publication is Publication.MOVED and old.mode is Mode.LAND:
        site.database.write(lambda tx: riding.rebuild(tx, old, f"{old.branch} moved to {seen}", desk.now))
        return True
    if publication in (Publication.MOVED, Publication.GONE, Publication.BARRED):
        closing.stop(desk, old, publish.trouble(publication, old, seen))
        return True
    if wrong := publish.wrong(site, lot):
        _alarm(desk, [one for one, _ in lot], wrong, moved=publication is Publication.DONE)
        return True
    if publication is Publication.GO:
        if site.database.read(lambda tx: policy.pauses.held(tx, old.repository_id)):
            return False
        desk.mark("publish")
        tasks = ", ".join(str(one.task_id) for one, _ in lot)
        message = f"windlass: {old.mode.value} task {tasks}"
        name, where = publish.target(old), publish.host(site, old)
        try:
            where.publish(site.mirror, whole.proof.commit, name, expected=seen, message=message)
        except Rejected as error:
            hosting.refused(desk, lot, error)
            return True
    desk.mark("published")
    if wrong := publish.read_back(site, whole):
        _alarm(desk, [one for one, _ in lot], wrong, moved=True)
        return True
    _record(desk, lot, whole)
    return True


def _record(desk: Desk, lot: riding.Lot, whole: Landing) -> None:
    site, (old, submission) = desk.site, lot[0]
    patch = None
    if old.mode is Mode.PROPOSE:
        task = site.database.read(lambda tx: closing.beginning(tx, old))
        patch = publish.write_patch(site, old, task, submission)
    advice = hosting.follow(site, whole)
    lessons = closing.lessons(desk, [one for one, _ in lot]) if old.mode is Mode.LAND else []
    desk.mark("record")

    def record(tx: Transaction) -> None:
        now = desk.now
        if desk.key is not None:
            batch = records.batches.led_by(tx, old) if len(lot) > 1 else None
            for one, work in lot:
                provenance.attest(tx, one, work, desk.key, now, batch=batch)
        conflicts.account.keep(tx, site.repository.id, lessons)
        closing.landed(tx, [one for one, _ in lot], site.start, patch=patch, advice=advice, now=now)
        if old.mode is Mode.LAND:
            ratchet.landed(tx, site, whole.proof.commit)

    site.database.write(record)
    desk.mark("recorded")
    if desk.key is not None:
        with suppress(WindlassError):  # it has landed; what is not told costs another home time, no more
            testimony.testify(site.mirror, site.database, whole.proof.tree, desk.key)


def _resume(desk: Desk, old: Landing) -> bool:
    """BLOCKED -> QUEUED | EJECTED once a person has answered; says whether anything moved."""
    desk.mark("resume")

    def resume(tx: Transaction) -> bool:
        if old.decision is None:
            return False
        if closing.current(tx, old) is None:
            closing.stale(tx, old, desk)
            return True
        answered = asking.answer(tx, old)
        if answered is None:
            return False
        who = answered.answered_by or "somebody"
        if answered.answer == asking.DECLINE:
            reason = f"declined by {who}"
            closing.eject(tx, old, Cause.DECLINED, reason, desk.site.start, now=desk.now, actor=who)
        else:
            records.queue_again(tx, old, f"allowed by {who}", actor=who, now=desk.now)
        return True

    return desk.site.database.write(resume)


def _alarm(desk: Desk, lot: Sequence[Landing], wrong: str, *, moved: bool) -> None:
    """The one thing that must never happen: say it loudly, claim nothing."""

    def alarm(tx: Transaction) -> None:
        for old in lot:
            records.say(
                tx, old, "land.tree-mismatch", desk.now, severity="critical", reason=wrong, moved=moved,
                commit=old.commit, tree=old.tree, base=old.base,
            )  # fmt: skip
            closing.block(tx, old, Cause.MISMATCH, wrong, desk.site.start, now=desk.now)

    desk.site.database.write(alarm)


_STEPS: Final = {
    LandingState.QUEUED: _begin,
    LandingState.BUILDING: building.build,
    LandingState.PROVED: _intend,
    LandingState.LANDING: _land,
    LandingState.BLOCKED: _resume,
}
