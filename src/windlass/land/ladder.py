"""Which batches to build next, so that builds tell and land the most.

**Rungs** are nested batches over the order of suspicion, the least suspect first: the longest green one lands
whole. **Scouts** are batches from the other end, apart from the rungs: each is as large as makes it about as
likely green as red; what a green one held is known to be good and is on the next ladder's first rung. A batch
is worth what its result tells, in bits, and LANDED_BITS for every change it is expected to land. Slots are
given one by one to what is worth most.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from windlass.land.suspicion import Suspicion

LANDED_BITS: Final = 0.25
"""What landing one change is worth beside knowledge: its share of a build that lands four."""

Batch = tuple[int, ...]


def builds(order: Sequence[int], suspicion: Suspicion, slots: int) -> list[Batch]:
    """At most `slots` different batches, worth most first; `order` goes from least to most suspect.

    The first is a rung, and there is one if there is a change and a slot.
    """
    rungs, made, sent, top = _Rungs(order, suspicion), list[Batch](), list[_Scout](), len(order)
    scouts = _scouts(order, suspicion) if slots > 1 else []
    while len(made) < slots:
        worth, rung = rungs.best(top)
        free = [one for one in scouts if made and one.start >= rungs.highest and one not in sent]
        scout = max(free, key=lambda one: _worth(one, sent, rungs, suspicion), default=None)
        if scout and _worth(scout, sent, rungs, suspicion) > worth:
            sent.append(scout)
            made.append(scout.batch)
            top = min(top, scout.start)
        elif rung:
            rungs.add(rung)
            made.append(tuple(order[:rung]))
        else:
            break
    return made


class _Rungs:
    """Nested batches: where the first bad change is, is what they tell."""

    def __init__(self, order: Sequence[int], suspicion: Suspicion) -> None:
        self._green = [1.0, *suspicion.climb(order)]
        self._at = [0]

    @property
    def highest(self) -> int:
        return self._at[-1]

    @property
    def fallen(self) -> float:
        """Probability that not even the lowest is green."""
        return 1 - self._green[self._at[1]] if len(self._at) > 1 else 1.0

    def add(self, top: int) -> None:
        self._at = sorted([*self._at, top])

    def best(self, top: int) -> tuple[float, int]:
        """Worth and top of the one more rung that is worth most, up to `top`; 0 where none is left."""
        found = ((self._worth(at), at) for at in range(1, top + 1) if at not in self._at)
        return max(found, key=lambda one: (one[0], -one[1]), default=(0.0, 0))

    def _worth(self, top: int) -> float:
        """Bits by which it splits what is open between its neighbours, and what it lands beyond the lower."""
        below = max(at for at in self._at if at < top)
        above = min((at for at in self._at if at > top), default=None)
        green, low = self._green, self._green[below]
        high = 0.0 if above is None else green[above]
        bits = _part(low - green[top]) + _part(green[top] - high) - _part(low - high)
        return bits + LANDED_BITS * (top - below) * (green[top] - high)


@dataclass(frozen=True, slots=True)
class _Scout:
    start: int
    batch: Batch
    green: float


def _scouts(order: Sequence[int], suspicion: Suspicion) -> list[_Scout]:
    """The order in pieces from its suspect end, each about as likely green as red."""
    found, end = [], len(order)
    while end:
        size, green = 0, 1.0
        for longer in suspicion.climb(reversed(order[:end])):
            if size and abs(longer - 0.5) > abs(green - 0.5):
                break
            size, green = size + 1, longer
        found.append(_Scout(end - size, tuple(order[end - size : end]), green))
        end -= size
    return found


def _worth(scout: _Scout, sent: Sequence[_Scout], rungs: _Rungs, suspicion: Suspicion) -> float:
    """Bits that it tells beyond any one of those sent, and what it lands if no rung does."""
    told = bits(scout.green)
    for other in sent:
        if suspicion.entangled(scout.batch, other.batch):
            both = suspicion.green(scout.batch, other.batch)
            apart = (both, scout.green - both, other.green - both, 1 - scout.green - other.green + both)
            told = min(told, sum(map(_part, apart)) - bits(other.green))
    return told + LANDED_BITS * len(scout.batch) * scout.green * rungs.fallen


def bits(chance: float) -> float:
    """Bits that somebody learns who is told whether a thing of this probability is so."""
    return _part(chance) + _part(1 - chance)


def _part(chance: float) -> float:
    return -chance * math.log2(chance) if chance > 0 else 0.0
