"""Who is guilty of red batches: the exact posterior over the queue's changes.

A batch is red because one of its changes is bad, because two good ones break each other, or because a check
flaked. For changes that no red batch holds the prior stands. For the others all ways to explain the red
batches are weighed, by a walk over the sets of batches that the bad changes so far explain; batches that
share no change are weighed apart.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

REDS_MAX: Final = 6
"""Red batches that are weighed together. Of more, the largest only move the risk of each change by itself."""


@dataclass(frozen=True, slots=True)
class Noise:
    """What makes a batch of good changes red: a `flake` of a run, a `pair` that breaks each other."""

    flake: float
    pair: float


@dataclass(frozen=True, slots=True)
class Red:
    """A batch that was red `times` times and never green; only those of its changes that still wait."""

    members: frozenset[int]
    times: int = 1


class Suspicion:
    """What is believed of every waiting change, given its prior risk and the red batches."""

    def __init__(self, risks: Mapping[int, float], reds: Sequence[Red], noise: Noise) -> None:
        self.risks, self.noise = dict(risks), noise
        self._knots = [self._tie(group) for group in _knots(reds)]
        self._knot = {member: knot for knot in self._knots for member in knot.members}

    def _tie(self, reds: Sequence[Red]) -> "_Knot":
        """Weigh the smallest together, after the others have moved the risks one by one."""
        ranked = sorted(reds, key=lambda red: len(red.members))
        for red in reversed(ranked[REDS_MAX:]):
            alone = _Knot(self.risks, [red], self.noise)
            self.risks |= {member: 1 - alone.good(frozenset((member,)), ()) for member in red.members}
        return _Knot(self.risks, ranked[:REDS_MAX], self.noise)

    def guilt(self, member: int) -> float:
        """Probability that the change is bad."""
        knot = self._knot.get(member)
        return self.risks[member] if knot is None else 1 - knot.good(frozenset((member,)), ())

    def green(self, *batches: Sequence[int]) -> float:
        """Probability that each of these batches is green at its next run, which is one build each."""
        chance, everyone = (1 - self.noise.flake) ** len(batches), frozenset().union(*batches)
        sets = [frozenset(batch) for batch in batches]
        pairs = sum(_pairs(len(batch)) for batch in sets)
        for member in everyone:
            if member not in self._knot:
                chance *= 1 - self.risks[member]
        for knot in self._knots:
            if inside := knot.members & everyone:
                pairs -= sum(_pairs(len(red.members)) for red in knot.reds if _inside(red, sets))
                chance *= knot.good(inside, sets)
        return float(chance * (1 - self.noise.pair) ** max(0, pairs))

    def climb(self, order: Iterable[int]) -> Iterator[float]:
        """Probability that the first, the first two, the first three and so on are green as one batch."""
        chance, inside = 1 - self.noise.flake, dict[_Knot, frozenset[int]]()
        knotted = dict[_Knot, float]()
        for count, member in enumerate(order):
            knot = self._knot.get(member)
            if knot is None:
                chance *= 1 - self.risks[member]
            else:
                held = inside[knot] = inside.get(knot, frozenset()) | {member}
                known = sum(_pairs(len(red.members)) for red in knot.reds if red.members <= held)
                knotted[knot] = knot.good(held, (held,)) * (1 - self.noise.pair) ** -known
            chance *= (1 - self.noise.pair) ** count
            yield min(1.0, chance * math.prod(knotted.values()))

    def entangled(self, left: Iterable[int], right: Iterable[int]) -> bool:
        """Whether a result of one tells about the other because red batches join them."""
        knots = {self._knot[member] for member in left if member in self._knot}
        return any(self._knot[member] in knots for member in right if member in self._knot)


class _Knot:
    """Red batches that are joined by common changes."""

    def __init__(self, risks: Mapping[int, float], reds: Sequence[Red], noise: Noise) -> None:
        self.reds, self.noise = reds, noise
        self.members = frozenset().union(*(red.members for red in reds))
        self._classes: dict[int, list[tuple[int, float]]] = {}
        for member in sorted(self.members):
            mask = sum(1 << at for at, red in enumerate(reds) if member in red.members)
            self._classes.setdefault(mask, []).append((member, 1 - risks[member]))

    @cached_property
    def _all(self) -> float:
        return self._weight(frozenset(), ())

    def good(self, clean: frozenset[int], batches: Sequence[frozenset[int]]) -> float:
        """Probability that `clean` are good, and that no two break each other within one of `batches`."""
        return min(1.0, self._weight(clean, batches) / self._all) if self._all else 0.0

    def _weight(self, clean: frozenset[int], batches: Sequence[frozenset[int]]) -> float:
        """Probability of the red batches, and of `clean` being good: summed over what bad changes explain."""
        explained, sure = {0: 1.0}, 1.0
        for mask, members in self._classes.items():
            fine = 1.0
            for member, good in members:
                if member in clean:
                    sure *= good
                else:
                    fine *= good
            if fine < 1.0:
                after: dict[int, float] = {}
                for seen, chance in explained.items():
                    after[seen] = after.get(seen, 0.0) + chance * fine
                    after[seen | mask] = after.get(seen | mask, 0.0) + chance * (1 - fine)
                explained = after
        excuses = [self._excuse(red, together=_inside(red, batches)) for red in self.reds]
        total = 0.0
        for seen, chance in explained.items():
            for at, excuse in enumerate(excuses):
                chance *= 1.0 if seen >> at & 1 else excuse
            total += chance
        return total * sure

    def _excuse(self, red: Red, *, together: bool) -> float:
        """Probability that a batch of good ones was red as often; if `together`, without a breaking pair."""
        peace = (1 - self.noise.pair) ** _pairs(len(red.members))
        flaked = peace * self.noise.flake**red.times
        return flaked if together else flaked + (1 - peace)


def _inside(red: Red, batches: Iterable[frozenset[int]]) -> bool:
    return any(red.members <= batch for batch in batches)


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _knots(reds: Sequence[Red]) -> list[list[Red]]:
    """Batches that are joined by common changes, group by group."""
    groups: list[tuple[frozenset[int], list[Red]]] = []
    for red in reds:
        joined, apart = [red], []
        members = red.members
        for held, group in groups:
            if held & red.members:
                members, joined = members | held, [*group, *joined]
            else:
                apart.append((held, group))
        groups = [*apart, (members, joined)]
    return [group for _, group in groups]
