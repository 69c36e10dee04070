"""BUILDING -> PROVED: merge, alone or in batches, judge the last trees, and see what follows."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from windlass import dispatch, ratchet, verify
from windlass.conflicts import Met
from windlass.dispatch import Submission, Task
from windlass.kernel import NotFound, WindlassError
from windlass.land import candidate, closing, publish, records
from windlass.land.chain import chained
from windlass.land.deciding import Judged, decide
from windlass.land.desk import Desk
from windlass.land.model import Candidate, Cause, Impossible, Landing, Member
from windlass.land.muster import muster, slots
from windlass.store import Transaction


def build(desk: Desk, old: Landing) -> bool:
    """Prove exactly the tree that will be the branch's; a batch that is not green goes on in parts."""
    desk.mark("build")
    task, submission, moved = desk.site.database.read(lambda tx: _work(tx, old, desk.site.tries_max))
    if task is None:
        desk.site.database.write(lambda tx: closing.stale(tx, old, desk))
        return True
    if moved > desk.site.tries_max:
        closing.stop(
            desk, old, Impossible(Cause.MAIN, f"{old.branch} moved {moved} times while this was tested")
        )
        return True
    made = _candidate(desk, old, submission)
    if isinstance(made, Impossible):
        closing.stop(desk, old, made)
        return True
    desk.mark("candidate")
    batches = _batches(desk, Member(old, submission, made, candidate.scope_change(desk.site, made)))
    if any(one.candidate.settled for members in batches for one in members):
        desk.site.database.write(lambda tx: _account(tx, batches, desk.now))
    judged = _side_by_side(batches, partial(_judged_revert if task.spec.reverts else _judged, desk))
    desk.mark("judged")
    lands = desk.site.database.write(lambda tx: decide(tx, desk, old, judged))
    if not lands and len(batches[0]) > 1:
        desk.mark("split")
    return True


def _work(tx: Transaction, old: Landing, tries_max: int) -> tuple[Task | None, Submission, int]:
    """The landing's task while it waits for this landing, all that its chain has changed, and how often it
    was begun because the branch moved.
    """
    moved = old.tries - (records.batches.led(tx, old) if old.tries > tries_max else 0)
    return closing.current(tx, old), dispatch.chain.whole(tx, old.task_id, old.fence), moved


def _candidate(desk: Desk, old: Landing, submission: Submission) -> Candidate | Impossible:
    try:
        main = publish.trunk(desk.site).bring(desk.site.mirror, f"refs/heads/{old.branch}")
    except NotFound as error:
        return Impossible(Cause.MAIN, str(error))
    if main is None:
        return Impossible(Cause.MAIN, f"branch {old.branch!r} is gone")
    if old.reason:
        desk.site.database.write(lambda tx: records.wait(tx, old, "", desk.now))
    beginning = desk.site.database.read(lambda tx: closing.beginning(tx, old))
    return candidate.build(desk.site, old, beginning, submission, main, key=desk.key)


def _batches(desk: Desk, first: Member) -> list[list[Member]]:
    """Who is judged now: who holds the branch, and who the plan lets ride or be judged beside it, where a
    judgement is needed anyway. The holder leads the first one.
    """
    old, made = first.landing, first.candidate
    if first.submission.sandbox == "none" or desk.known(made.tree, made.base_tree):
        return [[first]]

    def company(tx: Transaction) -> Sequence[Sequence[Landing]]:
        queued = records.queued(tx, old.repository_id, old.branch)
        found = muster(tx, old, queued, slots(desk.site.at_once))
        return found.batches if found.leader.id == old.id else ((old,),)

    batches = desk.site.database.read(company)
    if batches == ((old,),):
        return [[first]]
    desk.mark("batched")
    made_up = chained(desk, first, batches)
    desk.mark("chained")
    return made_up


def _account(tx: Transaction, batches: Sequence[Sequence[Member]], now: float) -> None:
    """Put on record what was settled in each merge; the second one, before the branch moves, reads it."""
    for members in batches:
        for one in members:
            made, work = one.candidate, one.submission
            closing.meet(tx, one.landing, Met(work.base, made.base, work.commit, made.settled), now)


def _side_by_side(
    batches: Sequence[Sequence[Member]], judge: Callable[[Sequence[Member]], Judged]
) -> list[Judged]:
    """Judge all of them at once, each in a thread. Nothing is known of one beside the first that could not be
    judged at all: it is left out.
    """
    with ThreadPoolExecutor(len(batches), thread_name_prefix="batch") as pool:
        first, *others = [pool.submit(judge, members) for members in batches]
    told = [one.result() for one in others if not isinstance(one.exception(), WindlassError)]
    return [first.result(), *told]


def _judged(desk: Desk, members: Sequence[Member]) -> Judged:
    """The judgement of the last tree against the branch; and for each member, with what its task asks for."""
    site, first, last = desk.site, members[0].candidate, members[-1].candidate
    changed = tuple(dict.fromkeys(path for one in members for path in one.candidate.changed))
    whole = desk.judge(site, last.tree, first.base_tree, changed)
    held = [
        verify.cycle.hold(
            site, site.database.read(partial(closing.beginning, landing=one.landing)),
            whole.part(one.candidate.tree, one.candidate.base_tree, one.candidate.changed),
        )
        for one in members
    ]  # fmt: skip
    if len(members) == 1:
        alone = ratchet.hold(site, held[0])
        return Judged(members, alone, [alone])
    whole = ratchet.hold(site, whole)
    doubted = [replace(one, doubts=tuple(dict.fromkeys((*one.doubts, *whole.doubts)))) for one in held]
    return Judged(members, whole, doubted)


def _judged_revert(desk: Desk, members: Sequence[Member]) -> Judged:
    """The judgement of a revert, which is alone, against the tree that it brings back: what it takes away
    with the change is no loss, and no bound that the change had tightened holds it.
    """
    (only,) = members
    made = only.candidate
    found = desk.judge(desk.site, made.tree, only.submission.tree, made.changed)
    return Judged(members, found, [found])
