"""Where the level of a metric has shifted for good, in what was measured over landings. Pure.

The points are gone through as they were measured. After each, every place to split those since the last
shift is rated by the Mann-Whitney statistic of both sides, standardised; the best one stands if hardly any
shuffle of them gives one as good. Ranks need no assumption about the noise, and one wild point moves them
little. The chance is that of a permutation test, (1 + as good) / (1 + shuffles), with the search for the
best place in it, so it is exact for one look; looking after every point, noise alone makes one false shift
in about 1 / CHANCE points at worst.

After D. M. Hawkins and Q. Deng, A nonparametric change-point control chart (Journal of Quality Technology
42, 2010), and A. N. Pettitt, A non-parametric approach to the change-point problem (Applied Statistics 28,
1979). Shuffling ends early once the answer is no, as by J. Besag and P. Clifford, Sequential Monte Carlo
p-values (Biometrika 78, 1991).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import Final

from windlass.ratchet.model import Metric, Point

LEAST: Final = 3
"""Points of a level; fewer are a slip."""
POINTS_MAX: Final = 200
"""The newest points that are looked at."""
WINDOW: Final = 60
"""Points of one look."""
SHUFFLES: Final = 1999
CHANCE: Final = 0.001
"""A shift that chance gives more often is none."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A level that became another. `first`: the first point of the new level. `before`, `after`: the median
    of either. `chance`: how often shuffled points show as much.
    """

    first: Point
    before: float
    after: float
    chance: float

    def direction(self, metric: Metric) -> str:
        """Better or worse, as the metric has it."""
        return "better" if metric.gain(self.after, self.before) > 0 else "worse"


def shifts(points: Sequence[Point], random: Random) -> list[Shift]:
    """The shifts in the newest points, oldest first; a steady trend shows as several."""
    points = points[-POINTS_MAX:]
    values = [one.value for one in points]
    found: list[tuple[int, float]] = []
    start = 0
    for end in range(2 * LEAST, len(points) + 1):
        first = max(start, end - WINDOW)
        place, chance = _split(values[first:end], random)
        if place:
            start = first + place
            found.append((start, chance))
    edges = [0, *(place for place, _ in found), len(points)]
    return [
        Shift(points[place], median(values[edges[n] : place]), median(values[place : edges[n + 2]]), chance)
        for n, (place, chance) in enumerate(found)
    ]


def _split(values: Sequence[float], random: Random) -> tuple[int, float]:
    """Where the values split, and its chance; 0 where they do not."""
    ranks = _ranks(values)
    best, place = _best(ranks)
    if not place:
        return 0, 1.0
    shuffled, as_good = list(ranks), 0
    for _ in range(SHUFFLES):
        random.shuffle(shuffled)
        as_good += _best(shuffled)[0] >= best
        if 1 + as_good > CHANCE * (1 + SHUFFLES):
            return 0, 1.0
    return place, (1 + as_good) / (1 + SHUFFLES)


def _best(ranks: Sequence[float]) -> tuple[float, int]:
    """The largest squared statistic but for a constant, and its place; 0 where nothing splits."""
    total, best, place = 0.0, 0.0, 0
    count = len(ranks)
    for k in range(1, count - LEAST + 1):
        total += ranks[k - 1]
        if k >= LEAST and (rated := total * total / (k * (count - k))) > best + 1e-9:
            best, place = rated, k
    return best, place


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks less their mean; equal values share theirs."""
    order = sorted(values)
    first: dict[float, int] = {}
    count: dict[float, int] = {}
    for n, value in enumerate(order):
        first.setdefault(value, n)
        count[value] = count.get(value, 0) + 1
    middle = (len(values) - 1) / 2
    return [first[value] + (count[value] - 1) / 2 - middle for value in values]
