"""Which tests a change can affect, by the map of an earlier whole run, the most informative first. Pure.

A test that touched nothing of what differs between the mapped tree and this one did the same then as it will
do now. Where that cannot be told, everything is run, and why is said.
"""

import posixpath
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from windlass.verify.face import is_words
from windlass.verify.focus import affects_everything
from windlass.verify.imports import distances, graph
from windlass.verify.reach import Reach
from windlass.verify.units import Touched, touched, units

HIT: Final = 0.5
"""How likely a test finds a fault in code that it runs; of the others for what they say."""
FAILED: Final = 0.3
TOGETHER: Final = 0.1
OVERHEAD_S: Final = 0.002
"""Seconds that a test takes at least."""


@dataclass(frozen=True, slots=True)
class Trees:
    """The mapped tree and this one. `before`, `after`: Python files that differ, those that are there.
    `other`: other files that differ. `sources`: all Python files of this tree. `tests`: files of it that hold
    tests. `roots`: directories on the import path.
    """

    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    other: Collection[str]
    sources: Mapping[str, bytes]
    tests: Collection[str]
    roots: Sequence[str]


@dataclass(frozen=True, slots=True)
class Choice:
    """`chosen`: tests and test files to run, in this order, with `seconds` of each by the map. `full`: why
    everything has to run instead, empty when it does not. `whole_s`: seconds of all tests of the map.
    """

    chosen: tuple[str, ...] = ()
    seconds: tuple[float, ...] = ()
    full: str = ""
    whole_s: float = 0.0

    @property
    def share(self) -> float:
        """Of the tests' time that the chosen ones take."""
        return sum(self.seconds) / self.whole_s if self.whole_s else 1.0


@dataclass(slots=True)
class _Found:
    """Bits of the tests that can be affected; `around`: of each function they go through, by its lines."""

    bits: int = 0
    around: list[tuple[str, frozenset[int]]] = field(default_factory=list)
    files: dict[str, None] = field(default_factory=dict)


def choose(
    reach: Reach, trees: Trees, *, failed_before: Collection[str] = (), together: Collection[str] = ()
) -> Choice:
    """The tests that can be affected by what differs. `failed_before`: tests that failed lately; `together`:
    test files that earlier commits changed along with these files.
    """
    whole = sum(reach.seconds)
    if why := _untraceable(reach, trees):
        return Choice(full=why, whole_s=whole)
    found = _Found()
    for path, source in trees.after.items():
        if path in trees.tests:
            found.files[path] = None
        if path not in trees.before:
            continue
        before, after = units(trees.before[path]), units(source)
        if before is None or after is None:
            return Choice(full=f"{path} cannot be read as Python", whole_s=whole)
        where = touched(before, after)
        found.around += [(path, lines) for lines in where.around]
        if why := _mark(reach, found, path, where, trees):
            return Choice(full=why, whole_s=whole)
    for path in trees.other:
        found.bits |= _readers(reach, path)
    if trees.after:
        found.bits |= sum(1 << n for n, test in enumerate(reach.tests) if test in reach.opaque)
    return _ordered(reach, found, failed_before, together)


def _untraceable(reach: Reach, trees: Trees) -> str:
    """Why no map can say what a change does."""
    if not reach.tests:
        return "the map knows no test"
    changed = sorted({*trees.before, *trees.after, *trees.other})
    for path in changed:
        if affects_everything([path]):
            return f"{path} reaches tests in ways that no map shows"
        if path in trees.other and not is_words(path):
            return f"{path} is no Python, and what reads it is not known for certain"
        came = (path in trees.before) is not (path in trees.after)
        if came and path not in trees.other and path not in trees.tests:
            return f"{path} came or went, and modules may be found by looking"
    return ""


def _mark(reach: Reach, found: _Found, path: str, where: Touched, trees: Trees) -> str:
    """Add the tests that a changed file reaches; why that cannot be told, if so."""
    found.bits |= reach.running(path, where.lines) if where.lines else 0
    imported = where.lines & reach.loaded.get(path, frozenset())
    if not (where.rest or imported):
        return ""
    every = distances([path], graph(trees.sources, trees.roots))
    reached = sum(1 << n for n, test in enumerate(reach.tests) if test.partition("::")[0] in every)
    if reach.running(path) & ~reached:
        return f"{path} runs where it is imported, and some tests import it in ways that cannot be read"
    found.bits |= reached
    return ""


def _readers(reach: Reach, path: str) -> int:
    """Tests that opened a file, or one beside it."""
    folder = posixpath.dirname(path)
    bits = 0
    for name, tests in reach.read.items():
        if posixpath.dirname(name) == folder and is_words(name):
            bits |= tests
    return bits


def _ordered(
    reach: Reach, found: _Found, failed_before: Collection[str], together: Collection[str]
) -> Choice:
    """Changed test files first; then, turn by turn, the best test of every way through the changed functions:
    tests that take the same way mostly find the same faults.
    """
    old, near = set(failed_before), set(together)
    numbers = [n for n in reach.numbers(found.bits) if reach.tests[n].partition("::")[0] not in found.files]
    ways = _ways(reach, found, numbers)
    breadth = [1 + lines for lines in reach.breadth]
    usual = sorted(breadth)[len(breadth) // 2]

    def density(number: int) -> float:
        test = reach.tests[number]
        found_not = 1.0 - HIT * usual / (usual + breadth[number])
        found_not *= 1.0 - FAILED * (test in old)
        found_not *= 1.0 - TOGETHER * (test.partition("::")[0] in near)
        return (1.0 - found_not) / (reach.seconds[number] + OVERHEAD_S)

    lines = [sorted(group, key=lambda n: (-density(n), n)) for group in ways.values()]
    lines.sort(key=lambda group: (-density(group[0]), group[0]))
    turns = [
        group[turn] for turn in range(max(map(len, lines), default=0)) for group in lines if turn < len(group)
    ]
    spent: dict[str, float] = dict.fromkeys(found.files, 0.0)
    for number, test in enumerate(reach.tests):
        if (path := test.partition("::")[0]) in spent:
            spent[path] += reach.seconds[number]
    for number in turns:
        spent[reach.tests[number]] = spent.get(reach.tests[number], 0.0) + reach.seconds[number]
    return Choice(tuple(spent), tuple(spent.values()), whole_s=sum(reach.seconds))


def _ways(reach: Reach, found: _Found, numbers: Sequence[int]) -> dict[tuple[int, ...], list[int]]:
    """Tests by which groups of lines of the changed functions they ran."""
    groups = [
        bits
        for path, lines in found.around
        for bits, there in reach.ran.get(path, ())
        if not there.isdisjoint(lines)
    ]
    ways: dict[tuple[int, ...], list[int]] = {}
    for number in numbers:
        way = tuple(place for place, bits in enumerate(groups) if bits >> number & 1)
        ways.setdefault(way, []).append(number)
    return ways
