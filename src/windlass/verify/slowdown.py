"""Whether a change makes a benchmark slower: pairs of runs, looked at as they come. Pure.

x is the logarithm of one pair's ratio, the change's seconds over the base's. About a slowdown d a wager is
made on every pair: wealth is multiplied by 1 + l * u, where u = clip((x - d) / s, -1, 1), s is the scatter
of the blocks before, and l a stake; e(d) is the mean wealth over the stakes. If d is the slowdown and the
noise of both arms is alike, x - d is symmetric about zero and no wager wins on average, however heavy the
tails are. So e(d) ever exceeds 1 / alpha with probability alpha at most (Ville, 1939), and one may look
after every block and stop when it is clear. The d that neither the wagers for more nor those for less
refute are the interval.

After de la Pena, A general class of exponential inequalities for martingales and ratios (Annals of
Probability 27, 1999), and Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting
(JRSS B 86, 2024). Runs come in blocks base, change, change, base: what being second costs, or a steady
drift, adds m to u in one pair of a block and takes it away in the other, and (1 + l m)(1 - l m) <= 1. So
looks are after whole blocks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

ALPHA: Final = 0.025
"""Bound on each of two errors: slower that is not, not slower that is. The interval holds with 95 %."""
STAKES: Final = (0.2, 0.5, 0.9)
SPREAD: Final = 2.0
"""Times the median distance from the median: where a difference stops to count for more."""
BLOCK: Final = 2
"""Pairs of a block: base, change, change, base."""
_WIDEST: Final = math.log(100.0)
"""Ratios beyond 100 are not told apart."""
_STEPS: Final = 40

Pair = tuple[float, float]
"""Seconds of the base and of the change, each above zero."""


@dataclass(frozen=True, slots=True)
class Slowdown:
    """How many times the base's seconds the change needs: an estimate, and bounds that hold at every look."""

    ratio: float
    low: float
    high: float
    pairs: int

    def __str__(self) -> str:
        times = f"{_percent(self.ratio)} ({_percent(self.low)} to {_percent(self.high)})"
        return f"{times} of {self.pairs} pairs"


def slower(pairs: Sequence[Pair], tolerance: float, alpha: float = ALPHA) -> bool | None:
    """Whether the change needs more than `1 + tolerance` times the seconds; None while nobody can tell."""
    ratios, scatters = _ratios(pairs)
    limit = math.log1p(tolerance)
    if _wealth(ratios, scatters, limit, 1.0) >= 1.0 / alpha:
        return True
    return False if _wealth(ratios, scatters, limit, -1.0) >= 1.0 / alpha else None


def slowdown(pairs: Sequence[Pair], alpha: float = ALPHA) -> Slowdown:
    """The ratio with its interval, which is endless (0 to inf) where the pairs are too few."""
    ratios, scatters = _ratios(pairs)
    return Slowdown(
        math.exp(median(ratios)) if ratios else 1.0, math.exp(_edge(ratios, scatters, 1.0, alpha)),
        math.exp(_edge(ratios, scatters, -1.0, alpha)), len(ratios),
    )  # fmt: skip


def _ratios(pairs: Sequence[Pair]) -> tuple[list[float], list[float]]:
    """Logarithms of the ratios of whole blocks, and for each the scatter of the blocks before its own."""
    whole = pairs[: len(pairs) - len(pairs) % BLOCK]
    ratios = [math.log(change / base) for base, change in whole]
    return ratios, [_scatter(ratios[: n - n % BLOCK]) for n in range(len(ratios))]


def _scatter(before: Sequence[float]) -> float:
    """Zero while too few are known: then only the sign of a difference counts."""
    if len(before) < 2 * BLOCK:
        return 0.0
    middle = median(before)
    return SPREAD * median(abs(x - middle) for x in before)


def _wealth(ratios: Sequence[float], scatters: Sequence[float], d: float, side: float) -> float:
    """What wagers have won that say the slowdown is more (side 1) or less (-1) than `d`; one at the start."""
    wealth = [1.0] * len(STAKES)
    for x, scatter in zip(ratios, scatters, strict=True):
        off = side * (x - d)
        part = abs(off) / scatter if scatter > 0 else math.inf
        win = math.copysign(min(1.0, part), off) if off else 0.0
        wealth = [one * (1.0 + stake * win) for one, stake in zip(wealth, STAKES, strict=True)]
    return sum(wealth) / len(wealth)


def _edge(ratios: Sequence[float], scatters: Sequence[float], side: float, alpha: float) -> float:
    """The bound below (side 1) or above (-1), by halving: wealth only falls as `d` goes that way."""
    refuted, held = -side * _WIDEST, side * _WIDEST
    if _wealth(ratios, scatters, refuted, side) < 1.0 / alpha:
        return -side * math.inf
    for _ in range(_STEPS):
        d = (refuted + held) / 2
        if _wealth(ratios, scatters, d, side) >= 1.0 / alpha:
            refuted = d
        else:
            held = d
    return refuted


def _percent(ratio: float) -> str:
    return "any" if math.isinf(ratio) or ratio == 0 else f"{(ratio - 1) * 100:+.1f} %"
