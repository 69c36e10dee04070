"""BUILDING -> PROVED: merge, alone or as a batch, judge the last tree, ask the scope."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from windlass import dispatch, ratchet, verify
from windlass.conflicts import Clash, Met
from windlass.dispatch import Submission, Task
from windlass.kernel import NotFound
from windlass.land import asking, candidate, closing, publish, records
from windlass.land.chain import extended
from windlass.land.desk import Desk
from windlass.land.model import Candidate, Cause, Impossible, Landing, Member, Mode, Said
from windlass.land.muster import muster
from windlass.policy import Breach
from windlass.store import Transaction
from windlass.verify import Judgement, Outcome


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
    members = _members(desk, Member(old, submission, made, candidate.scope_change(desk.site, made)))
    if any(one.candidate.settled for one in members):
        desk.site.database.write(lambda tx: _account(tx, members, desk.now))
    judgement, held = (_judged_revert if task.spec.reverts else _judged)(desk, members)
    desk.mark("judged")
    if judgement.outcome is Outcome.PASSED:
        _prove(desk, members, judgement, held)
    elif len(members) > 1:
        desk.site.database.write(lambda tx: _split(tx, desk, members, judgement))
        desk.mark("split")
    else:
        closing.stop(desk, old, _refusal(judgement, made.settled))
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


def _members(desk: Desk, first: Member) -> list[Member]:
    """Who is judged now: who leads, and who the plan lets ride, where a judgement is needed anyway."""
    old, made = first.landing, first.candidate
    if first.submission.sandbox == "none" or desk.known(made.tree, made.base_tree):
        return [first]

    def company(tx: Transaction) -> tuple[Landing, ...]:
        found = muster(tx, old, records.queued(tx, old.repository_id, old.branch)).batch
        return found[1:] if found[0].id == old.id else ()

    others = desk.site.database.read(company)
    if not others:
        return [first]
    desk.mark("batched")
    members = extended(desk, first, others)
    desk.mark("chained")
    return members


def _account(tx: Transaction, members: Sequence[Member], now: float) -> None:
    """Put on record what was settled in each merge; the second one, before the branch moves, reads it."""
    for one in members:
        made, work = one.candidate, one.submission
        closing.meet(tx, one.landing, Met(work.base, made.base, work.commit, made.settled), now)


def _judged(desk: Desk, members: Sequence[Member]) -> tuple[Judgement, list[Judgement]]:
    """The judgement of the last tree against the branch; and for each member, with what its task asks for."""
    site, first, last = desk.site, members[0].candidate, members[-1].candidate
    changed = tuple(dict.fromkeys(path for one in members for path in one.candidate.changed))
    whole = desk.judge(site, last.tree, first.base_tree, changed)
    held = [
        verify.cycle.hold(
            site, site.database.read(partial(closing.beginning, landing=one.landing)),
            replace(whole, tree=one.candidate.tree, base_tree=one.candidate.base_tree),
        )
        for one in members
    ]  # fmt: skip
    if len(members) == 1:
        alone = ratchet.hold(site, held[0])
        return alone, [alone]
    whole = ratchet.hold(site, whole)
    return whole, [replace(one, doubts=tuple(dict.fromkeys((*one.doubts, *whole.doubts)))) for one in held]


def _judged_revert(desk: Desk, members: Sequence[Member]) -> tuple[Judgement, list[Judgement]]:
    """The judgement of a revert, which is alone, against the tree that it brings back: what it takes away
    with the change is no loss, and no bound that the change had tightened holds it.
    """
    (only,) = members
    made = only.candidate
    found = desk.judge(desk.site, made.tree, only.submission.tree, made.changed)
    return found, [found]


def _prove(desk: Desk, members: Sequence[Member], judgement: Judgement, held: Sequence[Judgement]) -> None:
    """The tree is green: lower the mode if it must be, then land it on record unless the scope forbids it."""
    first, last, old = members[0], members[-1], members[0].landing
    mode = Mode.PROPOSE if first.submission.sandbox == "none" else old.mode

    def decide(tx: Transaction) -> None:
        found = [
            asking.breaches(tx, one.landing, one.change, own, desk, ahead=ahead)
            for ahead, (one, own) in enumerate(zip(members, held, strict=True))
        ]
        if len(members) > 1:
            doubted = [
                replace(one, doubt=_doubt(own, why))
                for one, own, why in zip(members, held, found, strict=True)
            ]
            if any(one.doubt for one in doubted):
                _split(tx, desk, doubted, judgement)
                return
        elif found[0] and not asking.allowed(tx, old, first.submission, found[0]):
            asking.ask(tx, old, first.submission, found[0], desk)
            return
        if mode is not old.mode:
            reason = "made without a sandbox: it is only proposed"
            records.say(tx, old, "landing.lowered", desk.now, reason=reason, mode=mode.value)
        commit, landing = last.candidate.commit, last.landing.id
        ratchet.measured(tx, desk.site, judgement, commit, desk.now, landing=landing)
        records.prove(tx, old, first.candidate, mode, desk.now)  # a racer that is late ends here
        if len(members) > 1:
            records.batches.keep(tx, members, Said.GREEN, "", seconds=judgement.seconds, now=desk.now)

    desk.site.database.write(decide)


def _split(tx: Transaction, desk: Desk, members: Sequence[Member], judgement: Judgement) -> None:
    """Record what was said of the batch, loudly, and let everybody wait for the next plan."""
    said = _SAID[judgement.outcome]
    reason = "; ".join(judgement.reasons) or "; ".join(
        dict.fromkeys(one.doubt for one in members if one.doubt)
    )
    if judgement.outcome is Outcome.UNKNOWN:
        members = [replace(one, doubt=reason or "it could not be judged") for one in members]
    records.wait_again(tx, members[0].landing, f"its batch was {said.value}: {reason}", desk.now)
    number = records.batches.keep(tx, members, said, reason, seconds=judgement.seconds, now=desk.now)
    tasks = [one.landing.task_id for one in members]
    for one in members:
        records.say(
            tx, one.landing, "landing.split", desk.now, severity="warning", batch=number, said=said.value,
            tasks=tasks, reason=one.doubt or reason,
        )  # fmt: skip


_SAID = {Outcome.FAILED: Said.RED, Outcome.UNKNOWN: Said.UNCLEAR, Outcome.PASSED: Said.UNCLEAR}


def _doubt(own: Judgement, breaches: Sequence[Breach]) -> str:
    """Why a member of a green batch is looked at by itself."""
    failed = own.reasons if own.outcome is not Outcome.PASSED else ()
    return "; ".join((*failed, *(f"{one.rule}: {one.detail}" for one in breaches)))


def _refusal(judgement: Judgement, settled: Sequence[Clash]) -> Impossible:
    cause = Cause.RED if judgement.outcome is Outcome.FAILED else Cause.UNKNOWN
    reason = "; ".join(judgement.reasons) or f"the merged tree is {judgement.outcome.value}"
    tried = "".join(f"; its conflict in {one.path} was {one.note}" for one in settled if one.resolutions)
    return Impossible(cause, reason + tried)
