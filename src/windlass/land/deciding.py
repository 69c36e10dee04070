"""What follows from the judgements of batches that were judged side by side: at most one of them lands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from windlass import ratchet
from windlass.kernel import Conflict
from windlass.land import asking, closing, records
from windlass.land.desk import Desk
from windlass.land.model import Cause, Landing, Member, Mode, Said
from windlass.land.muster import lane_of
from windlass.land.queue import Lane
from windlass.policy import Breach
from windlass.store import Transaction
from windlass.verify import Judgement, Outcome

_SAID = {Outcome.FAILED: Said.RED, Outcome.UNKNOWN: Said.UNCLEAR, Outcome.PASSED: Said.GREEN}


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch and its judgement: that of its last tree, and that of each member."""

    members: Sequence[Member]
    judgement: Judgement
    held: Sequence[Judgement]

    @property
    def leader(self) -> Landing:
        return self.members[0].landing

    @property
    def alone(self) -> bool:
        return len(self.members) == 1

    @property
    def reason(self) -> str:
        """What it said, in words."""
        doubts = dict.fromkeys(one.doubt for one in self.members if one.doubt)
        return "; ".join(self.judgement.reasons) or "; ".join(doubts)


@dataclass(frozen=True, slots=True)
class _Looked:
    """A batch after the look that only the database allows. `found`: what forbids one that is alone to land;
    a doubt about a member of another one is with the member.
    """

    batch: Judged
    said: Said
    found: tuple[Breach, ...] = ()

    @property
    def free(self) -> bool:
        return self.said is Said.GREEN and not self.found


def decide(tx: Transaction, desk: Desk, old: Landing, judged: Sequence[Judged]) -> bool:
    """Put on record the largest green batch that nothing forbids, hotfixes first, as what is to land, and
    what was said of the others; whether anything is to land.

    `old` holds the branch and leads the first of `judged`. Who leads what lands takes the branch over; `old`
    then waits again, or is thrown out or set aside by what its own batch said.
    """
    looked = [_look(tx, desk, one) for one in judged]
    turns = sorted(looked, key=lambda one: (not _urgent(tx, one), -len(one.batch.members)))
    winner = next((one for one in turns if one.free), None)
    stays = winner is not None and winner.batch.leader.id == old.id
    if not stays:
        mine = [one for one in looked if one.batch.leader.id == old.id]
        _leave(tx, desk, old, min(mine, key=lambda one: len(one.batch.members)))
    for one in looked:
        if one is not winner:
            _keep(tx, desk, old, one, aside=stays or one is not looked[0])
    if winner is not None:
        _win(tx, desk, winner.batch if stays else _taken_over(tx, desk, old, winner.batch))
    return winner is not None


def _look(tx: Transaction, desk: Desk, one: Judged) -> _Looked:
    said = _SAID[one.judgement.outcome]
    if said is Said.UNCLEAR:
        why = one.reason or "it could not be judged"
        return _Looked(replace(one, members=[replace(each, doubt=why) for each in one.members]), said)
    if said is Said.RED:
        return _Looked(one, said)
    found = [
        asking.breaches(tx, each.landing, each.change, own, desk, ahead=ahead)
        for ahead, (each, own) in enumerate(zip(one.members, one.held, strict=True))
    ]
    if one.alone:
        free = not found[0] or asking.allowed(tx, one.leader, one.members[0].submission, found[0])
        return _Looked(one, said, () if free else tuple(found[0]))
    members = [
        replace(each, doubt=_doubt(own, why))
        for each, own, why in zip(one.members, one.held, found, strict=True)
    ]
    doubted = any(each.doubt for each in members)
    return _Looked(replace(one, members=members), Said.UNCLEAR if doubted else said)


def _urgent(tx: Transaction, one: _Looked) -> bool:
    return lane_of(tx, one.batch.leader) is Lane.HOTFIX


def _leave(tx: Transaction, desk: Desk, old: Landing, mine: _Looked) -> None:
    """The holder of the branch does not land at this try; `mine`: the smallest batch that it led."""
    one, start = mine.batch, desk.site.start
    if not one.alone or mine.free:
        records.wait_again(tx, old, f"its batch was {mine.said.value}: {one.reason}", desk.now)
    elif mine.found:
        asking.ask(tx, old, one.members[0].submission, mine.found, desk)
    elif mine.said is Said.RED:
        closing.eject(tx, old, Cause.RED, _refusal(one), start, now=desk.now)
    else:
        closing.block(tx, old, Cause.UNKNOWN, _refusal(one), start, now=desk.now)


def _keep(tx: Transaction, desk: Desk, old: Landing, looked: _Looked, *, aside: bool) -> None:
    """Put on record what was said of a batch that does not land, loudly where it is not green. Who was alone
    in one beside the branch's holder and is red is thrown out at once.
    """
    one, said = looked.batch, looked.said
    if one.alone and (one.leader.id == old.id or looked.found):
        return
    if one.alone and said is Said.RED:
        closing.eject(tx, one.leader, Cause.RED, _refusal(one), desk.site.start, now=desk.now)
        return
    number = records.batches.keep(
        tx, one.members, said, one.reason, seconds=one.judgement.seconds, now=desk.now, aside=aside
    )
    if said is Said.GREEN:
        return
    tasks = [each.landing.task_id for each in one.members]
    for each in one.members:
        records.say(
            tx, each.landing, "landing.split", desk.now, severity="warning", batch=number, said=said.value,
            tasks=tasks, reason=each.doubt or one.reason,
        )  # fmt: skip


def _taken_over(tx: Transaction, desk: Desk, old: Landing, one: Judged) -> Judged:
    """The same, its leader in the branch's slot, which `old` has left."""
    if not records.take_slot(tx, one.leader, desk.now):
        raise Conflict(f"landing {one.leader.id} moved while it was judged")
    first = replace(one.members[0], landing=records.landing(tx, one.leader.id))
    closing.start(tx, first.landing, desk.site.start, f"turn-{old.id}-{old.tries}")
    return replace(one, members=[first, *one.members[1:]])


def _win(tx: Transaction, desk: Desk, one: Judged) -> None:
    """The tree is green: lower the mode if it must be, then land it on record."""
    first, last, old = one.members[0], one.members[-1], one.leader
    mode = Mode.PROPOSE if first.submission.sandbox == "none" else old.mode
    if mode is not old.mode:
        reason = "made without a sandbox: it is only proposed"
        records.say(tx, old, "landing.lowered", desk.now, reason=reason, mode=mode.value)
    commit, landing = last.candidate.commit, last.landing.id
    ratchet.measured(tx, desk.site, one.judgement, commit, desk.now, landing=landing)
    patch = one.held[0].patch.document()
    records.prove(tx, old, first.candidate, mode, desk.now, patch=patch)  # a racer that is late ends here
    if not one.alone:
        records.batches.keep(tx, one.members, Said.GREEN, "", seconds=one.judgement.seconds, now=desk.now)


def _doubt(own: Judgement, breaches: Sequence[Breach]) -> str:
    """Why a member of a green batch is looked at by itself."""
    failed = own.reasons if own.outcome is not Outcome.PASSED else ()
    return "; ".join((*failed, *(f"{one.rule}: {one.detail}" for one in breaches)))


def _refusal(one: Judged) -> str:
    reason = "; ".join(one.judgement.reasons) or f"the merged tree is {one.judgement.outcome.value}"
    settled = one.members[0].candidate.settled
    return reason + "".join(
        f"; its conflict in {each.path} was {each.note}" for each in settled if each.resolutions
    )
