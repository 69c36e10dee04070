"""How likely a change is to be refused by the queue, learned from what happened to earlier ones.

A Bayesian probit: every feature of a change has a weight of which a mean and a variance are known, the risk
is the normal distribution at their sum, and one refusal or landing moves them in closed form (Graepel and
others, "Web-scale Bayesian click-through rate prediction", ICML 2010, equations 5 to 8). Few landings move
much, many move little, and an author nobody knows has the risk of the repository.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PRIOR: Final = 0.05
"""The risk of the first change of a repository of which nothing is known."""
RISK_MIN, RISK_MAX = 0.001, 0.9
"""No history makes a change safe, and none makes it guilty."""
BUCKETS_MAX: Final = 6
"""Sizes are told apart by powers of four up to this one."""
OFTEN: Final = 0.2
"""Share of a file's changes that were refused, from which it counts as one that often breaks."""
FILES_MAX: Final = 200
"""Files of one change that are looked at."""

_BETA2: Final = 1.0
_VARIANCE: Final = 0.25
_FEATURES: Final = 5
_PRIOR_QUANTILE: Final = -1.6448536269514722
"""The standard normal distribution at this point is PRIOR."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a change before it is tested. `author`: the runner or agent that made it."""

    author: str
    lines: int
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Weight:
    mean: float
    variance: float


class Experience:
    """What the landings of one repository have taught, in the order in which they ended."""

    def __init__(self, past: Iterable[tuple[Facts, bool]] = ()) -> None:
        self._weights: dict[str, _Weight] = {}
        self._touched: dict[str, int] = {}
        self._refused: dict[str, int] = {}
        for facts, refused in past:
            self.learn(facts, refused=refused)

    def risk(self, facts: Facts) -> float:
        """Probability between RISK_MIN and RISK_MAX that the change will be refused."""
        weights = [self._weight(name) for name in self._features(facts)]
        spread = math.sqrt(_BETA2 + sum(weight.variance for weight in weights))
        return min(RISK_MAX, max(RISK_MIN, _normal(sum(weight.mean for weight in weights) / spread)))

    def learn(self, facts: Facts, *, refused: bool) -> None:
        """Take in how one change ended."""
        names = self._features(facts)
        weights = [self._weight(name) for name in names]
        spread2 = _BETA2 + sum(weight.variance for weight in weights)
        spread, side = math.sqrt(spread2), 1.0 if refused else -1.0
        at = side * sum(weight.mean for weight in weights) / spread
        push = _density(at) / max(_normal(at), 1e-12)
        shrink = push * (push + at)
        for name, weight in zip(names, weights, strict=True):
            self._weights[name] = _Weight(
                weight.mean + side * weight.variance / spread * push,
                weight.variance * (1 - weight.variance / spread2 * shrink),
            )
        for path in facts.paths[:FILES_MAX]:
            self._touched[path] = self._touched.get(path, 0) + 1
            self._refused[path] = self._refused.get(path, 0) + refused

    def _weight(self, name: str) -> _Weight:
        """The whole prior risk is in the weight that all changes share."""
        mean = _PRIOR_QUANTILE * math.sqrt(_BETA2 + _FEATURES * _VARIANCE) if name == "any" else 0.0
        return self._weights.get(name, _Weight(mean, _VARIANCE))

    def _features(self, facts: Facts) -> tuple[str, ...]:
        """As many for every change, so that the prior is the same for all."""
        return (
            "any",
            f"author {facts.author}",
            f"lines {_bucket(facts.lines)}",
            f"files {_bucket(len(facts.paths))}",
            f"history {self._history(facts.paths[:FILES_MAX])}",
        )

    def _history(self, paths: Iterable[str]) -> str:
        known = [path for path in paths if path in self._touched]
        if not known:
            return "new"
        if not any(self._refused[path] for path in known):
            return "clean"
        # One more landing than was seen: a file refused at its only change is no proof yet.
        worst = max(self._refused[path] / (self._touched[path] + 1) for path in known)
        return "often" if worst > OFTEN else "seldom"


def _bucket(size: int) -> int:
    return min(BUCKETS_MAX, max(0, size).bit_length() // 2)


def _normal(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def _density(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
