"""What a ratchet holds: metrics, what was measured of them, and how far each one is."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final

NAME: Final = r"[a-z][a-z0-9_]{0,49}"
DAY_S: Final = 86_400.0
WEEK_S: Final = 7 * DAY_S
SPRINT_S: Final = 14 * DAY_S


class Better(Enum):
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Metric:
    """One number that must not get worse.

    All of `start`, `target`, `step`, `threshold` and `tolerance` are in the metric's own unit. `start`: where
    its bound begins; None: at what is measured first. `target`: where tightening ends; None: nowhere. `step`:
    how far the bound moves at once, and not twice within `every_s` seconds; 0: to what was reached.
    `threshold`: a value this much better than the bound is an improvement, and `needed` of them in a row
    tighten. `tolerance`: a value this much worse than the bound still holds. `command`: prints the number
    last; empty: windlass's own checks measure it, or nothing does.
    """

    name: str
    better: Better
    unit: str = ""
    start: float | None = None
    target: float | None = None
    step: float = 1.0
    every_s: float = 0.0
    threshold: float = 0.5
    tolerance: float = 1.0
    needed: int = 2
    command: str = ""

    def gain(self, value: float, over: float) -> float:
        """How much better `value` is than `over`; negative where it is worse."""
        return value - over if self.better is Better.UP else over - value

    def moved(self, bound: float, by: float) -> float:
        """The bound, tighter by so much."""
        return bound + by if self.better is Better.UP else bound - by

    def reached(self, bound: float) -> bool:
        """Whether the bound is where tightening ends."""
        return self.target is not None and self.gain(bound, self.target) >= 0

    def told(self, value: float) -> str:
        """A value with its unit, as a person reads it."""
        number = f"{value:.0f}" if value == math.floor(value) else f"{value:.2f}"
        return f"{number} {self.unit}".strip()


SHIPPED: Final = (
    Metric("coverage", Better.UP, "%", target=80.0, step=1.0),
    Metric("mutation", Better.UP, "%", target=80.0, step=2.0, every_s=WEEK_S),
    Metric("p95", Better.DOWN, "ms", target=200.0, step=10.0, every_s=SPRINT_S, tolerance=25.0),
    Metric("flaky", Better.DOWN, "tests", start=2.0, target=0.0, tolerance=0.0),
    Metric("security", Better.DOWN, "issues", target=0.0, tolerance=0.0),
    Metric("lint", Better.DOWN, "findings", target=0.0, step=0.0, threshold=1.0, tolerance=0.0),
    Metric("types", Better.DOWN, "errors", target=0.0, step=0.0, threshold=1.0, tolerance=0.0),
)
"""Targets, steps and the threshold of 0.5 with two improvements are those of the founding documents; the
tolerance of the latency is 5 % of their 500 ms. Counts tighten to what was reached.
"""


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement that stands on the branch, or (`by` a person) a bound that was set. `at`: unix
    seconds. `source`: what measured it, or the person's reason.
    """

    value: float
    at: float
    commit: str = ""
    source: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a metric is by its points, oldest first. `bound` is None until something was measured, `since`
    when it last moved; `streak`: improvements in a row.
    """

    metric: Metric
    points: tuple[Point, ...]
    bound: float | None
    since: float | None
    streak: int

    @property
    def measured(self) -> tuple[Point, ...]:
        """The points that nobody set."""
        return tuple(one for one in self.points if not one.by)

    @property
    def latest(self) -> Point | None:
        """What was measured last."""
        return self.measured[-1] if self.measured else None

    def holds(self, value: float) -> bool:
        """Whether a value is within tolerance of the bound; any is while there is none."""
        metric, bound = self.metric, self.bound
        return bound is None or metric.gain(value, bound) >= -metric.tolerance


@dataclass(frozen=True, slots=True)
class Value:
    """What was measured of one tree; `value` None: unknown, with `why`."""

    value: float | None
    source: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the ratchet says of one metric of one tree. `holds` None: nobody knows."""

    metric: Metric
    bound: float | None
    value: Value
    holds: bool | None
    why: str = ""
