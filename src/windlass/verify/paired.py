"""A benchmark on two trees by turns, on this machine, until one is clearly slower or not, or time is up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final

from windlass.verify.check import Check, Role, Scene
from windlass.verify.face import is_words
from windlass.verify.lab import Lab
from windlass.verify.model import OUTSIDE, TIMED_OUT, UNRESOLVED, Outcome, Reading
from windlass.verify.readings import LEAST_S, Deadline, Planned
from windlass.verify.slowdown import ALPHA, Pair, slowdown, slower

PAIRS_MAX: Final = 200
ALONE: Final = 3
"""Runs where there is nothing to compare, but something to measure."""
HANGS: Final = 10.0
"""A change that had this many times the seconds of the base's run and did not end hangs."""
SHOWN_MAX: Final = 10
_ENDLESS: Final = float("inf")
_SECONDS: Final = "seconds:"
_P95: Final = "p95_ms:"


def by_turns(check: Planned, change: Lab, base: Lab, paths: Sequence[str], deadline: Deadline) -> Planned:
    """The check as one of both trees: its evidence is the change's, and the base is part of its settings."""
    settings = {"base": base.tree, "tolerance": change.settings.benchmark_tolerance}
    paired = Paired(check.check, change, base, tuple(paths), check.table["argv"], deadline)
    return replace(check, table={**check.table, **settings}, check=paired)


def of_base(reading: Reading) -> Reading | None:
    """What such a reading tells of the base tree alone."""
    p95 = reading.metrics.get("base_p95_ms")
    return None if p95 is None else Reading(reading.check, Outcome.PASSED, metrics={"p95_ms": p95})


@dataclass(frozen=True)
class Paired:
    """A check that asks another of two trees, which differ in `paths`, until the deadline."""

    one: Check
    change: Lab
    base: Lab
    paths: tuple[str, ...]
    argv: Sequence[str]
    deadline: Deadline

    @property
    def role(self) -> Role:
        return "benchmark"

    def absent(self, scene: Scene) -> str:
        return self.one.absent(scene)

    def read(self, scene: Scene) -> Reading:
        """FAILED: slower by more than the tolerance. PASSED: not. UNKNOWN and `UNRESOLVED`: unclear."""
        limit_s = min(self.deadline.left(), self.change.settings.benchmark_limit_s)
        turns = _Turns(self, Deadline.within(limit_s))
        if self.change.tree == self.base.tree or (self.paths and all(map(is_words, self.paths))):
            return turns.alone()
        if touched := self._touched():
            return _open(f"the change alters the benchmark itself: {', '.join(touched[:SHOWN_MAX])}")
        # The first run of each fills caches, and tells whether there is anything to compare.
        old, had = turns.run(self.base), turns.deadline.left()
        new = turns.run(self.change)
        if old.outcome is not Outcome.PASSED or new.outcome is not Outcome.PASSED:
            return _broken(old, new, had)
        if lost := sorted(_named(old, _SECONDS).keys() - _named(new, _SECONDS)):
            return _open(f"benchmarks of the base tree are gone: {', '.join(lost[:SHOWN_MAX])}")
        turns.pairs = {name: [] for name in _named(old, _SECONDS)}
        problem = turns.until_clear()
        return turns.told(
            f"cannot resolve {turns.tolerance} within {limit_s:.0f} s or {PAIRS_MAX} pairs{problem}"
        )

    def _touched(self) -> list[str]:
        """Changed files that the command names, or that lie in a folder that it names."""
        words = [word.removeprefix("./").rstrip("/") for word in self.argv]
        return sorted(p for p in self.paths if any(p == word or p.startswith(f"{word}/") for word in words))


@dataclass(slots=True)
class _Turns:
    """The runs of one comparison. `verdicts`: slower or not, by name; who has one gets no more pairs."""

    of: Paired
    deadline: Deadline
    pairs: dict[str, list[Pair]] = field(default_factory=dict)
    verdicts: dict[str, bool] = field(default_factory=dict)
    p95: dict[str, list[Mapping[str, float]]] = field(default_factory=dict)

    @property
    def tolerance(self) -> str:
        return f"{100 * self.of.change.settings.benchmark_tolerance:g} %"

    def run(self, lab: Lab) -> Reading:
        wall_s = max(LEAST_S, self.deadline.left())
        found = self.of.one.read(lab.scene(only=(), changed=(), wall_s=wall_s, coverage=False))
        if found.outcome is Outcome.PASSED:
            self.p95.setdefault(lab.tree, []).append(_named(found, _P95))
        return found

    def until_clear(self) -> str:
        """Run block after block while there is time and nothing is clear; why it ended early, if it did."""
        base, change, block_s = self.of.base, self.of.change, 0.0
        for _ in range(PAIRS_MAX // 2):
            if self.deadline.left() < max(LEAST_S, 1.2 * block_s):
                break
            began = self.deadline.left()
            runs = [self.run(lab) for lab in (base, change, change, base)]
            block_s = began - self.deadline.left()
            if broken := next((one for one in runs if one.outcome is not Outcome.PASSED), None):
                return f" (a run broke: {broken.detail})"
            self._look(*(_named(one, _SECONDS) for one in runs))
            if any(self.verdicts.values()) or len(self.verdicts) == len(self.pairs):
                break
        return ""

    def _look(self, *runs: Mapping[str, float]) -> None:
        alpha, tolerance = ALPHA / len(self.pairs), self.of.change.settings.benchmark_tolerance
        for name in self.pairs.keys() - self.verdicts.keys():
            first, second = [[one.get(name, 0.0) for one in runs[at : at + 2]] for at in (0, 2)]
            if not all((*first, *second)):
                continue  # It was not told of by every run of this block.
            self.pairs[name] += [(first[0], first[1]), (second[1], second[0])]
            if (verdict := slower(self.pairs[name], tolerance, alpha)) is not None:
                self.verdicts[name] = verdict

    def told(self, unresolved: str) -> Reading:
        """Every benchmark with its interval, the slowest first."""
        alpha = ALPHA / len(self.pairs)
        found = {name: slowdown(pairs, alpha) for name, pairs in self.pairs.items()}
        names = sorted(found, key=lambda name: (self.verdicts.get(name) is not True, -found[name].ratio))
        words = [f"{name or 'it'} {found[name]}" for name in names]
        worst = found[names[0]]
        figures = {"ratio": worst.ratio, "low": worst.low, "high": worst.high, "pairs": float(worst.pairs)}
        metrics = {key: value for key, value in figures.items() if value < _ENDLESS} | self._p95_ms(
            self.of.base
        )
        if any(self.verdicts.values()):
            slow = [word for name, word in zip(names, words, strict=True) if self.verdicts.get(name)]
            detail = f"slower than the base by more than {self.tolerance}: {_listed(slow)}"
            return Reading("benchmark", Outcome.FAILED, metrics=metrics, detail=detail)
        if len(self.verdicts) == len(names):
            detail = f"not slower than the base by {self.tolerance}: {_listed(words)}"
            return Reading("benchmark", Outcome.PASSED, metrics=metrics, detail=detail)
        left = [word for name, word in zip(names, words, strict=True) if name not in self.verdicts]
        return _open(f"{unresolved}: {_listed(left)}", {**metrics, TIMED_OUT: 1.0})

    def alone(self) -> Reading:
        """A few runs of one tree, for what they measure."""
        for _ in range(ALONE):
            found = self.run(self.of.change)
            if found.outcome is not Outcome.PASSED:
                return found
        detail = "measured alone: nothing in it that could be slower differs from the base"
        return Reading("benchmark", Outcome.PASSED, metrics=self._p95_ms(self.of.change), detail=detail)

    def _p95_ms(self, base: Lab) -> dict[str, float]:
        """The slowest benchmark's 95th percentile of single calls, of each tree: the median of its runs."""
        found: dict[str, float] = {}
        for key, lab in (("p95_ms", self.of.change), ("base_p95_ms", base)):
            runs = self.p95.get(lab.tree, [])
            by_name = [
                median(run[name] for run in runs if name in run) for name in {n for r in runs for n in r}
            ]
            found |= {key: max(by_name)} if by_name else {}
        return found


def _broken(old: Reading, new: Reading, had: float) -> Reading:
    """What is said where one of the first runs gave no figure. `had`: seconds the change's run was given."""
    if new.metrics.get(OUTSIDE) or old.metrics.get(OUTSIDE):
        return new if new.metrics.get(OUTSIDE) else old
    if old.outcome is not Outcome.PASSED:
        fine = new.outcome is Outcome.PASSED
        return _open(f"gives no figure on the base tree: {old.detail}") if fine else new
    if new.metrics.get(TIMED_OUT) and had < HANGS * old.seconds:
        return _open(f"{new.detail}, and the base needed {old.seconds:.1f} s", {TIMED_OUT: 1.0})
    detail = f"gives a figure on the base tree in {old.seconds:.1f} s and none on this one: {new.detail}"
    return Reading("benchmark", Outcome.FAILED, new.seconds, detail=detail)


def _open(detail: str, metrics: Mapping[str, float] = {}) -> Reading:
    return Reading("benchmark", Outcome.UNKNOWN, metrics={**metrics, UNRESOLVED: 1.0}, detail=detail)


def _named(reading: Reading, prefix: str) -> dict[str, float]:
    """The metrics of a run that begin so, by the name behind it."""
    return {key.removeprefix(prefix): v for key, v in reading.metrics.items() if key.startswith(prefix)}


def _listed(words: Sequence[str]) -> str:
    more = f"; and {len(words) - SHOWN_MAX} more" if words[SHOWN_MAX:] else ""
    return "; ".join(words[:SHOWN_MAX]) + more
