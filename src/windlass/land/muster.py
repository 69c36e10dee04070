"""Who of those that wait for a branch is judged next, together: the plan, made from the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from windlass import backlog
from windlass.land import closing, records
from windlass.land.model import JudgedBatch, Landing, Mode, Said
from windlass.land.queue import Branch, Built, Ejection, Lane, Means, Plan, Waiting, plan
from windlass.land.risk import Experience
from windlass.land.suspicion import Noise
from windlass.store import Transaction

NOISE: Final = Noise(flake=0.005, pair=0.0005)
"""Believed, not measured: a judgement that is red by chance, though failures were run again until they were
certain; and two good changes that break each other.
"""
SLOTS: Final = 1
"""Batches of one branch that are judged at once."""


@dataclass(frozen=True, slots=True)
class Muster:
    """`batch`: who is next, its leader first. `out`: who is thrown out, and the evidence in words."""

    batch: tuple[Landing, ...]
    out: tuple[tuple[Landing, str], ...] = ()


def muster(tx: Transaction, old: Landing, queued: Sequence[Landing]) -> Muster:
    """Who is next among `old` and the `queued`: `old` leads wherever it is part of it.

    A revert is next before all others, and alone. Who needs a person, is only proposed, or was in a batch
    that could not be told about goes by itself.
    """
    if all(one.id == old.id for one in queued):
        return Muster((old,))
    if (revert := records.reversals.first(tx, (old, *queued))) is not None:
        return Muster((revert,))
    batches = records.batches.judged(tx, old.repository_id, old.branch)
    fit = {one.id: one for one in fitting((*queued, old), batches)}
    if old.id not in fit or len(fit) == 1:
        return Muster((old,))
    made = planned(tx, old, list(fit.values()), batches)
    out = tuple((fit[one.id], _evidence(one, batches)) for one in made.eject)
    first = sorted(made.build[0], key=lambda one: one != old.id) if made.build else [old.id]
    return Muster(tuple(fit[one] for one in first), out)


def fitting(line: Sequence[Landing], batches: Sequence[JudgedBatch]) -> list[Landing]:
    """Who of these may be judged together with others, oldest first."""
    doubted = {member for one in batches for member in one.doubted}
    return [
        one
        for one in sorted(line, key=lambda one: one.id)
        if one.mode is Mode.LAND and not one.decision and one.id not in doubted
    ]


def planned(tx: Transaction, about: Landing, line: Sequence[Landing], batches: Sequence[JudgedBatch]) -> Plan:
    """The plan of the branch of `about` for who waits in `line`, oldest first."""
    repository, branch = about.repository_id, about.branch
    experience = Experience(records.batches.past(tx, repository))
    facts = records.batches.facts(tx, repository, branch)
    places = records.batches.places(tx, line[0])
    height = records.batches.height(tx, about)
    waiting = [
        Waiting(
            one.id, places[one.id], experience.risk(facts[one.id]),
            height - records.batches.landed_since(tx, one, one.created_at), lane_of(tx, one),
        )
        for one in line
    ]  # fmt: skip
    means = Means(SLOTS, NOISE, records.batches.build_s(tx, repository))
    built = [_built(one) for one in batches if one.said is not Said.UNCLEAR]
    landed = records.batches.landed_members(tx, repository, branch, batches[0].id) if batches else ()
    return plan(waiting, built, Branch("", height), means, landed=landed)


def _built(one: JudgedBatch) -> Built:
    return Built(Branch(one.base, one.height), one.members, one.said is Said.GREEN)


def lane_of(tx: Transaction, one: Landing) -> Lane:
    """As the labels of its item say."""
    item = closing.beginning(tx, one).item_id
    labels = backlog.item(tx, item).labels if item is not None else ()
    return next((lane for lane in (Lane.HOTFIX, Lane.BULK) if lane.value in labels), Lane.NORMAL)


def _evidence(one: Ejection, batches: Sequence[JudgedBatch]) -> str:
    """Which batches speak against it, and what they said."""
    red = [batch for batch in batches if batch.said is Said.RED and one.id in batch.members]
    told = "; ".join(f"batch {batch.id}: {batch.reason}" for batch in red[-3:])
    good = len(one.green)
    return (
        f"guilty with a probability of {one.guilt:.3f}: red in {len(red)} and green in {good} batches,"
        f" and red beside changes that are known to be good; {told}"
    )
