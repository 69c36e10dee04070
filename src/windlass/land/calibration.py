"""Were the risks right? Forecasts held against what happened: reliability by bins, and the Brier score."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from windlass.land.risk import Experience, Facts

EDGES: Final = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)
"""Bounds of the bins; finer where risks are, which is below one in five."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Changes with a risk in [low, high): how many, their mean risk, and the share that was refused."""

    low: float
    high: float
    count: int
    forecast: float
    happened: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """`brier`: mean squared error (Brier 1950). `flat`: that of one risk for all, the share refused."""

    count: int
    brier: float
    flat: float
    bins: tuple[Bin, ...]

    @property
    def skill(self) -> float | None:
        """What part of the flat forecast's error is gone; None where nothing or everything was refused."""
        return 1 - self.brier / self.flat if self.flat else None


def calibrate(told: Sequence[tuple[float, bool]]) -> Calibration | None:
    """Hold (risk, refused) pairs against each other; None where there are none: nothing is known then."""
    if not told:
        return None
    share = sum(refused for _, refused in told) / len(told)
    bins = (_bin(low, high, told) for low, high in pairwise(EDGES))
    return Calibration(
        len(told),
        sum((risk - refused) ** 2 for risk, refused in told) / len(told),
        share * (1 - share),
        tuple(one for one in bins if one.count),
    )


def foretold(past: Iterable[tuple[Facts, bool]]) -> list[tuple[float, bool]]:
    """What would have been told of each change by those that ended before it, and how it ended."""
    experience, told = Experience(), []
    for facts, refused in past:
        told.append((experience.risk(facts), refused))
        experience.learn(facts, refused=refused)
    return told


def _bin(low: float, high: float, told: Sequence[tuple[float, bool]]) -> Bin:
    inside = [one for one in told if low <= one[0] < high or one[0] == high == 1.0]
    count = len(inside)
    return Bin(
        low, high, count,
        sum(risk for risk, _ in inside) / count if count else 0.0,
        sum(refused for _, refused in inside) / count if count else 0.0,
    )  # fmt: skip
