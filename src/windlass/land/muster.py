"""Who of those that wait for a branch is judged next, together: the plan, made from the rows."""

import os
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
SLOTS_MAX: Final = 16
"""Batches of one branch that are judged side by side, at most: as far as the rules were measured."""
CORES_EACH: Final = 2
"""Cores that a judgement keeps busy: it runs two checks at a time."""


@dataclass(frozen=True, slots=True)
class Muster:
    """`batches`: who is judged next, each batch by itself and all of them side by side, leaders first;
    whoever leads the first one takes the branch's slot. `out`: who is thrown out, and the evidence in words.
    """

    batches: tuple[tuple[Landing, ...], ...]
    out: tuple[tuple[Landing, str], ...] = ()

    @property
    def leader(self) -> Landing:
        return self.batches[0][0]


def slots(asked: int) -> int:
    """How many batches of a branch are judged side by side: as `asked`, or 0, as many as the cores allow."""
    return min(SLOTS_MAX, asked or max(1, len(os.sched_getaffinity(0)) // CORES_EACH))


def muster(tx: Transaction, old: Landing, queued: Sequence[Landing], at_once: int) -> Muster:
    """Who is next among `old` and the `queued`, in at most `at_once` batches: `old` leads wherever it is part
    of one.

    A revert is next before all others, and alone. Who needs a person, is only proposed, or was in a batch
    that could not be told about goes by itself.
    """
    if all(one.id == old.id for one in queued):
        return Muster(((old,),))
    if (revert := records.reversals.first(tx, (old, *queued))) is not None:
        return Muster(((revert,),))
    batches = records.batches.judged(tx, old.repository_id, old.branch)
    fit = {one.id: one for one in fitting((*queued, old), batches)}
    if old.id not in fit or len(fit) == 1:
        return Muster(((old,),))
    made = planned(tx, old, list(fit.values()), batches, at_once)
    out = tuple((fit[one.id], _evidence(one, batches)) for one in made.eject)
    led = [sorted(batch, key=lambda one: one != old.id) for batch in made.build] or [[old.id]]
    return Muster(tuple(tuple(fit[one] for one in batch) for batch in led), out)


def fitting(line: Sequence[Landing], batches: Sequence[JudgedBatch]) -> list[Landing]:
    """Who of these may be judged together with others, oldest first."""
    doubted = {member for one in batches for member in one.doubted}
    return [
        one
        for one in sorted(line, key=lambda one: one.id)
        if one.mode is Mode.LAND and not one.decision and one.id not in doubted
    ]


def planned(
    tx: Transaction, about: Landing, line: Sequence[Landing], batches: Sequence[JudgedBatch], at_once: int
) -> Plan:
    """The plan of the branch of `about` for who waits in `line`, oldest first, for `at_once` batches."""
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
    means = Means(at_once, NOISE, records.batches.build_s(tx, repository))
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
