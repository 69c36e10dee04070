"""The plan of a branch's queue: what may land, who is thrown out and why, what to build next, who is where.

The plan is computed anew from all that is on record each time that a build ends, so a lost or doubled signal
changes nothing. Read `plan` first, then ladder.py and suspicion.py.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from windlass.land.ladder import LANDED_BITS, Batch, bits, builds
from windlass.land.suspicion import Noise, Red, Suspicion

GUILT: Final = 0.99
"""Who is guilty with this probability, and was red among the blameless, is thrown out."""
REACH, REACH_PER_SLOT = 48, 24
"""Places that one plan looks ahead of the oldest change, by which nobody can be overtaken more often."""
FORETOLD_MAX: Final = 0.5
"""A foretold risk counts for no more than even odds: guilt beyond that has to come from builds."""
BLAMELESS: Final = 0.001
"""Risk of a change that was in a green batch on this very branch."""


class Lane(Enum):
    """How a queued change stands beside the others."""

    HOTFIX = "hotfix"
    """Has the first slot of every plan for itself and its like."""
    NORMAL = "normal"
    BULK = "bulk"
    """Only when no other change waits: dependency bumps, documents."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued change. `place`: grows by one from change to change of a branch; `since`: its height
    when the change was begun.
    """

    id: int
    place: int
    risk: float
    since: int
    lane: Lane = Lane.NORMAL


@dataclass(frozen=True, slots=True)
class Branch:
    """Where a branch is: its commit, and its height, the number of changes that have landed on it."""

    commit: str
    height: int


@dataclass(frozen=True, slots=True)
class Built:
    """A judged batch, and the branch under it."""

    base: Branch
    members: Batch
    green: bool


@dataclass(frozen=True, slots=True)
class Means:
    """How many builds run at once, what makes good batches red, and how long one takes, if measured."""

    slots: int
    noise: Noise
    build_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ejection:
    """Who is thrown out, how surely it is guilty, and the red and green batches that say so."""

    id: int
    guilt: float
    red: tuple[Built, ...]
    green: tuple[Built, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a change is in line, from 1, and about how long until it is decided; None if unmeasured."""

    id: int
    position: int
    guilt: float
    eta_s: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now, in this order. `land`: the largest batch that is green on the branch as it is."""

    land: Built | None
    eject: tuple[Ejection, ...]
    build: tuple[Batch, ...]
    line: tuple[Standing, ...]


def plan(
    waiting: Sequence[Waiting], built: Sequence[Built], branch: Branch, means: Means, *,
    landed: Collection[int],
) -> Plan:  # fmt: skip
    """Plan for who is `waiting`, given all that was `built` and who of it has `landed`.

    After a landing or an ejection ask again before building: `build` is for the queue as it is now.
    """
    cleared = _cleared(built)
    risks = {one.id: _risk(one, cleared.get(one.id), branch, means.noise) for one in waiting}
    suspicion = Suspicion(risks, _reds(risks, built, landed), means.noise)
    guilt = {one.id: suspicion.guilt(one.id) for one in waiting}
    good = {*landed, *cleared}
    out = [one.id for one in waiting if guilt[one.id] >= GUILT and _red_alone(one.id, built, good)]
    left = sorted((one for one in waiting if one.id not in out), key=lambda one: one.place)
    return Plan(
        _landable(built, branch, frozenset(one.id for one in left)),
        tuple(_ejection(one, guilt[one], built) for one in out),
        tuple(_batches(left, guilt, suspicion, means.slots)),
        tuple(_line(left, guilt, means)),
    )


def _cleared(built: Iterable[Built]) -> dict[int, int]:
    """The greatest height at which each change was in a green batch."""
    found: dict[int, int] = {}
    for one in built:
        if one.green:
            for member in one.members:
                found[member] = max(one.base.height, found.get(member, 0))
    return found


def _risk(one: Waiting, cleared: int | None, branch: Branch, noise: Noise) -> float:
    """Of being bad by itself, or of breaking with what has landed since it was begun or was green."""
    own, since = (min(FORETOLD_MAX, one.risk), one.since) if cleared is None else (BLAMELESS, cleared)
    return 1 - (1 - own) * (1 - noise.pair) ** max(0, branch.height - since)


def _reds(risks: Mapping[int, float], built: Iterable[Built], landed: Collection[int]) -> list[Red]:
    """The red batches that nothing explains yet.

    What landed is good and leaves its batch. A batch that held somebody who left otherwise says nothing any
    more; one that was green later, whole, was a flake.
    """
    times: dict[frozenset[int], int] = {}
    greens = [one for one in built if one.green]
    for one in built:
        rest = frozenset(member for member in one.members if member not in landed)
        if one.green or not rest or not rest <= risks.keys():
            continue
        if not any(rest <= set(other.members) and other.base.height >= one.base.height for other in greens):
            times[rest] = times.get(rest, 0) + 1
    return [Red(members, count) for members, count in times.items()]


def _red_alone(member: int, built: Iterable[Built], good: Collection[int]) -> bool:
    """Whether a batch was red in which all others are known to be good: a risk alone throws nobody out."""
    return any(
        member in one.members
        and not one.green
        and all(other in good for other in one.members if other != member)
        for one in built
    )


def _landable(built: Iterable[Built], branch: Branch, waiting: frozenset[int]) -> Built | None:
    fit = [one for one in built if one.green and one.base == branch and waiting.issuperset(one.members)]
    return max(fit, key=lambda one: len(one.members), default=None)


def _ejection(member: int, guilt: float, built: Iterable[Built]) -> Ejection:
    held = [one for one in built if member in one.members]
    return Ejection(
        member, guilt, tuple(one for one in held if not one.green), tuple(one for one in held if one.green)
    )


def _batches(
    left: Sequence[Waiting], guilt: Mapping[int, float], suspicion: Suspicion, slots: int
) -> list[Batch]:
    """One slot for hotfixes alone, if there are any; the others for whom the lanes let through."""
    lanes = {lane: [one for one in left if one.lane is lane] for lane in Lane}
    urgent, usual = lanes[Lane.HOTFIX], lanes[Lane.NORMAL] or lanes[Lane.BULK]
    if not urgent or not usual:
        return builds(_order(urgent or usual, guilt, slots), suspicion, slots)
    first = builds(_order(urgent, guilt, slots), suspicion, 1)
    return first + builds(_order(usual, guilt, slots), suspicion, slots - len(first))


def _order(group: Sequence[Waiting], guilt: Mapping[int, float], slots: int) -> list[int]:
    """Who is in reach of the oldest, the least suspect first."""
    reach = max(REACH, REACH_PER_SLOT * slots)
    near = (one for one in group if one.place < group[0].place + reach)
    return [one.id for one in sorted(near, key=lambda one: guilt[one.id])]


def _line(left: Sequence[Waiting], guilt: Mapping[int, float], means: Means) -> Iterable[Standing]:
    """Lane by lane, oldest first. A build tells one bit at most: so many rounds pass until their turn."""
    work = 0.0
    ranked = sorted(left, key=lambda one: list(Lane).index(one.lane))
    for position, one in enumerate(ranked, 1):
        work += bits(guilt[one.id]) + LANDED_BITS
        rounds = max(1, math.ceil(work / means.slots))
        yield Standing(
            one.id, position, guilt[one.id], None if means.build_s is None else rounds * means.build_s
        )
