"""What a check is expected to take and to find: by its evidence, else by a prior that says so. Pure.

A share of few runs says little: one find in twenty runs is laid beside what was seen, so that a check that
never found anything is not thought useless after its second run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from windlass.verify.check import Role

CORE: Final[frozenset[Role]] = frozenset({"syntax", "format", "lint"})
"""Run first and always: a pass rests on them."""
RUNS, FOUND = 20, 1
"""The prior: so many finds in so many runs."""
LEAST_S: Final = 0.1
PRIOR_S: Final[Mapping[Role, float]] = {
    "syntax": 1.0, "format": 1.0, "lint": 2.0, "types": 20.0, "tests": 60.0, "command": 30.0, "figure": 30.0,
    "benchmark": 120.0, "scan": 5.0,
}  # fmt: skip
"""Seconds of a check that nobody has measured: guesses, and told as such."""
OTHER_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What a check took on average over its newest evidence, in seconds; how many runs these are, and how
    many of them failed where the run before had passed.
    """

    seconds: float
    runs: int
    found: int


@dataclass(frozen=True, slots=True)
class Expected:
    """Seconds that a check takes and how likely it finds something new; `runs` is 0 where that is a prior."""

    seconds: float
    finds: float
    runs: int

    @property
    def density(self) -> float:
        """Finds per second."""
        return self.finds / max(LEAST_S, self.seconds)


def expected(role: Role, cost: Cost | None) -> Expected:
    """The mean of the prior and of what was seen."""
    if cost is None:
        return Expected(PRIOR_S.get(role, OTHER_S), FOUND / RUNS, 0)
    return Expected(cost.seconds, (cost.found + FOUND) / (cost.runs + RUNS), cost.runs)
