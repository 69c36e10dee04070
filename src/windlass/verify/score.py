"""What killed and surviving mutants say about tests: a share with its interval, and pairs of runs. Pure."""

import math
from dataclasses import dataclass
from typing import Final

LEAST: Final = 20
"""Mutants from which on there is a score; fewer say too little."""
Z: Final = 1.959964
"""Of the normal distribution, for intervals of 95 %."""


@dataclass(frozen=True, slots=True)
class Score:
    """Of `tried` mutants so many were `killed`, those included that did not end in time."""

    killed: int
    tried: int

    @property
    def percent(self) -> float | None:
        """None: too few to say."""
        return 100.0 * self.killed / self.tried if self.tried >= LEAST else None

    @property
    def interval(self) -> tuple[float, float]:
        """Where the score of all mutants that were drawn from may lie, in percent, with 95 %."""
        low, high = wilson(self.killed, self.tried)
        return 100.0 * low, 100.0 * high


@dataclass(frozen=True, slots=True)
class Shift:
    """The same mutants before and after: how many, which of them were only killed before or only after."""

    pairs: int
    lost: int
    gained: int

    @property
    def chance(self) -> float:
        """How often chance alone gives a split as uneven as this, if neither way is likelier: McNemar's test
        in its exact form (Psychometrika 12, 1947), two-sided.
        """
        differ, least = self.lost + self.gained, min(self.lost, self.gained)
        tail = sum(math.comb(differ, k) for k in range(least + 1))
        return min(1.0, 2.0 * tail / math.exp2(differ))


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The interval of a share with 95 %, by E. B. Wilson, Probable inference, the law of succession, and
    statistical inference (JASA 22, 1927): it stays within 0 and 1, and holds for shares near them.
    """
    if not of:
        return 0.0, 1.0
    share, z2 = hits / of, Z * Z
    middle = share + z2 / (2 * of)
    half = Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, (middle - half) / (1 + z2 / of)), min(1.0, (middle + half) / (1 + z2 / of))
