"""Patch coverage: which of the lines that a change adds its tests ran, and when that is too few. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from windlass.plan import Demand
from windlass.verify.lines import ranges

FILES_SHOWN: Final = 20
RANGES_MAX: Final = 200
"""Characters of the lines of one file that are told."""
MEND: Final = "add tests that run them"


@dataclass(frozen=True, slots=True)
class Bound:
    """`least`: percent of the added lines that tests are to run. `lines`: a change that adds fewer that could
    run is not held to it. `below`: what becomes of a change that falls short.
    """

    least: float = 80.0
    lines: int = 5
    below: Demand = Demand.ASK


@dataclass(frozen=True, slots=True)
class Patch:
    """What is known of the lines that a change adds outside of tests, by file.

    `covered`: those that a test ran. `uncovered`: those that none did. `open`: those that none did of the
    tests that ran, which were not all. `untold`: changed files of which no report tells. `why`: why nothing
    is known, empty where something is.
    """

    covered: Mapping[str, frozenset[int]] = field(default_factory=dict)
    uncovered: Mapping[str, frozenset[int]] = field(default_factory=dict)
    open: Mapping[str, frozenset[int]] = field(default_factory=dict)
    untold: tuple[str, ...] = ()
    why: str = "nobody measured it"
    bound: Bound = Bound()

    @property
    def coverable(self) -> int:
        """How many of the added lines could run."""
        return _count(self.covered) + _count(self.uncovered) + _count(self.open)

    @property
    def percent(self) -> float | None:
        """Of the lines that could run, those that did; None where that is not known, or there is none."""
        if self.why or not self.coverable or _count(self.open):
            return None
        return 100.0 * _count(self.covered) / self.coverable

    @property
    def short(self) -> str:
        """Why the bound is broken for certain, with the lines; empty where it is not, or nobody knows."""
        bound, most = self.bound, _count(self.covered) + _count(self.open)
        if bound.below is Demand.NONE or self.coverable < max(1, bound.lines):
            return ""
        if 100.0 * most >= bound.least * self.coverable:
            return ""
        told = f"{100.0 * most / self.coverable:.1f} %"
        told = f"at most {told}" if _count(self.open) else told
        missing = _places(_both(self.uncovered, self.open))
        return f"{told} of {_lines(self.coverable)} ran, at least {bound.least:g} %; not run: {missing}"

    @property
    def asks(self) -> bool:
        """Whether a person decides about a change that falls short."""
        return self.bound.below is Demand.ASK

    @property
    def told(self) -> str:
        """What is known, in one line; empty where the change adds no code."""
        parts = list(self._parts())
        return "; ".join(parts)

    def _parts(self) -> Iterator[str]:
        if self.why:
            yield f"unknown: {self.why}"
        elif self.coverable:
            exact = "" if self.percent is None else f" ({self.percent:.1f} %)"
            yield f"{_count(self.covered)} of {_lines(self.coverable)} that could run did{exact}"
        if _count(self.uncovered):
            yield f"not run: {_places(self.uncovered)}"
        if _count(self.open):
            yield f"not known to be run, for not all tests were: {_places(self.open)}"
        if self.untold and not self.why:
            yield f"unknown, no report tells of it: {_listed(self.untold)}"

    def of(self, paths: Collection[str]) -> "Patch":
        """The part that is about some files."""
        return replace(
            self, covered=_some(self.covered, paths), uncovered=_some(self.uncovered, paths),
            open=_some(self.open, paths), untold=tuple(path for path in self.untold if path in paths),
        )  # fmt: skip

    def document(self) -> dict[str, Any]:
        """For records and machines."""
        percent = self.percent
        return {
            "percent": None if percent is None else round(percent, 2), "covered": _count(self.covered),
            "coverable": self.coverable, "uncovered": _shown(self.uncovered), "open": _shown(self.open),
            "untold": [_plain(one) for one in self.untold[:FILES_SHOWN]], "why": self.why,
            "least": self.bound.least, "short": bool(self.short),
        }  # fmt: skip


def _count(lines: Mapping[str, frozenset[int]]) -> int:
    return sum(map(len, lines.values()))


def _both(
    one: Mapping[str, frozenset[int]], other: Mapping[str, frozenset[int]]
) -> dict[str, frozenset[int]]:
    nothing = frozenset[int]()
    return {path: one.get(path, nothing) | other.get(path, nothing) for path in {*one, *other}}


def _some(lines: Mapping[str, frozenset[int]], paths: Collection[str]) -> dict[str, frozenset[int]]:
    return {path: found for path, found in lines.items() if path in paths}


def _shown(lines: Mapping[str, frozenset[int]]) -> dict[str, str]:
    return {_plain(path): _cut(ranges(lines[path])) for path in sorted(lines)[:FILES_SHOWN]}


def _places(lines: Mapping[str, frozenset[int]]) -> str:
    shown = [f"{path}:{told}" for path, told in _shown(lines).items()]
    more = len(lines) - FILES_SHOWN
    return ", ".join(shown) + (f", and {more} more files" if more > 0 else "")


def _listed(paths: Sequence[str]) -> str:
    more = len(paths) - FILES_SHOWN
    return ", ".join(map(_plain, paths[:FILES_SHOWN])) + (f", and {more} more" if more > 0 else "")


def _lines(count: int) -> str:
    return "1 added line" if count == 1 else f"{count} added lines"


def _cut(told: str) -> str:
    return told if len(told) <= RANGES_MAX else f"{told[:RANGES_MAX].rpartition(',')[0]},…"


def _plain(path: str) -> str:
    """A name that git allows, fit to be told."""
    return "".join(sign if sign.isprintable() else "?" for sign in path)
