"""What is believed of a rate: a Beta distribution. Pure, and without scipy, whose import takes a second."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

STEPS_MAX: Final = 300
_HALVINGS: Final = 40
_TINY: Final = 1e-300


@dataclass(frozen=True, slots=True)
class Beta:
    """How often a test fails on a tree that is good: after `a` failures and `b` passes, roughly."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        return self.a / (self.a + self.b)

    def after(self, failed: int, passed: int) -> "Beta":
        """The belief after so many more runs."""
        return Beta(self.a + failed, self.b + passed)

    def log_chance(self, failed: int, passed: int) -> float:
        """Logarithm of the chance of exactly this row of results: B(a + failed, b + passed) / B(a, b)."""
        return _log_beta(self.a + failed, self.b + passed) - _log_beta(self.a, self.b)

    def above(self, rate: float) -> float:
        """The chance that the true rate is above `rate`."""
        return 1.0 - _below(self.a, self.b, rate)

    def interval(self, share: float = 0.95) -> tuple[float, float]:
        """The credible interval that leaves as much on either side."""
        rest = (1.0 - share) / 2.0
        return self._at(rest), self._at(1.0 - rest)

    def _at(self, share: float) -> float:
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            low, high = (middle, high) if _below(self.a, self.b, middle) < share else (low, middle)
        return (low + high) / 2.0


DEFAULT: Final = Beta(0.5, 99.5)
"""Until the repository has told more: one run in two hundred fails by itself, and nobody is sure of it."""
SHAPES: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
PASSES: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 199.0)
FLAKY_MIN: Final = 3
"""Tests with failures on good trees from which on a repository's own rates say more than the default."""


def learned(runs: Iterable[tuple[int, int, int]]) -> Beta:
    """The distribution of rates over the tests of a repository that makes what was seen most likely.

    `runs`: failures, passes, and how many tests had just these. Empirical Bayes: the maximum of the
    beta-binomial likelihood over a grid of beliefs, none with a smaller mean than the default, which is what
    the odds of `certainty` go with; the default while fewer than `FLAKY_MIN` tests have failed.
    """
    groups = [one for one in runs if one[2]]
    if sum(tests for failed, _, tests in groups if failed) < FLAKY_MIN:
        return DEFAULT

    def likelihood(belief: Beta) -> float:
        return sum(tests * belief.log_chance(failed, passed) for failed, passed, tests in groups)

    grid = [Beta(a, b) for a in SHAPES for b in PASSES]
    return max((one for one in grid if one.mean >= DEFAULT.mean), key=likelihood)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _below(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function: Lentz's continued fraction (Numerical Recipes, 6.4)."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - _log_beta(a, b))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, 1.0 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / _not_zero(1.0 - (a + b) * x / (a + 1.0))
    found = d
    for m in range(1, STEPS_MAX):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        for term in (even, odd):
            d, c = 1.0 / _not_zero(1.0 + term * d), _not_zero(1.0 + term / c)
            found *= d * c
        if abs(d * c - 1.0) < 1e-12:
            break
    return found


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
