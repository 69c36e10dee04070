"""Where a metric is going: the median of all slopes, how sure it is, and when it gets to its target. Pure.

Slope and interval after P. K. Sen, Estimates of the regression coefficient based on Kendall's tau (JASA 63,
1968): no assumption about the noise, and up to 29 % of the points may be nonsense.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from statistics import median
from typing import Final

from windlass.ratchet import shift
from windlass.ratchet.model import DAY_S, Metric, Point
from windlass.ratchet.shift import Shift as Shift  # the face gives it

LEAST: Final = 6
"""Points below which the interval of 95 % holds every slope there is."""
POINTS_MAX: Final = 200
"""The newest points that are looked at."""
Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Trend:
    """Per day; `low` and `high` hold the slope with 95 %. `direction`: better, worse, or nothing certain."""

    slope: float
    low: float
    high: float
    direction: str
    points: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The value so many days after the newest point, with the interval of 95 % that the slope and the
    scatter of the points leave.
    """

    days: float
    value: float
    low: float
    high: float


def trend(metric: Metric, points: Sequence[Point]) -> Trend | None:
    """The slope of the newest points; None where they are too few or all of one moment."""
    points = points[-POINTS_MAX:]
    slopes = sorted(
        (two.value - one.value) / days
        for one, two in combinations(points, 2)
        if (days := (two.at - one.at) / DAY_S) > 0
    )
    if len(points) < LEAST or not slopes:
        return None
    n, pairs = len(points), len(slopes)
    spread = Z95 * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low = slopes[max(0, math.floor((pairs - spread) / 2) - 1)]
    high = slopes[min(pairs - 1, math.ceil((pairs + spread) / 2))]
    ups = metric.gain(1.0, 0.0) > 0
    direction = "better" if (low > 0) == ups else "worse"
    direction = direction if low > 0 or high < 0 else "no trend"
    return Trend(median(slopes), low, high, direction, n)


def shifts(points: Sequence[Point]) -> list[Shift]:
    """Where the level has shifted for good; the same points always have the same answer."""
    return shift.shifts(points, Random(0))  # noqa: S311 - shuffles, no secret


def forecast(metric: Metric, points: Sequence[Point], days: float) -> Forecast | None:
    """The value in `days`, were it to go on like this."""
    found = trend(metric, points)
    if found is None:
        return None
    points = points[-POINTS_MAX:]
    end = points[-1].at
    ages = [(point.at - end) / DAY_S for point in points]
    level = median(point.value - found.slope * age for point, age in zip(points, ages, strict=True))
    off = sorted(
        abs(point.value - level - found.slope * age) for point, age in zip(points, ages, strict=True)
    )
    scatter = off[min(len(off) - 1, math.ceil(0.95 * len(off)) - 1)]
    span = -ages[0] / 2 + days
    value = level + found.slope * days
    return Forecast(
        days, value, value - scatter - (found.slope - found.low) * span,
        value + scatter + (found.high - found.slope) * span,
    )  # fmt: skip


def days_to_target(metric: Metric, points: Sequence[Point]) -> tuple[float, float | None] | None:
    """Days until the target at the fastest and the slowest slope that is likely (None: maybe never); None
    without a target, a trend towards it, or when it is reached.
    """
    found = trend(metric, points)
    if found is None or metric.target is None or found.direction != "better":
        return None
    left = metric.gain(metric.target, points[-1].value)
    if left <= 0:
        return None
    fast, slow = sorted((abs(found.low), abs(found.high)), reverse=True)
    return left / fast, left / slow if slow > 0 else None
