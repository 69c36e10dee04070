"""Change code a little, one place at a time, and see whether a test that runs it notices."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from windlass.kernel import NotFound, Unavailable
from windlass.verify.attempt import Attempt, Attempted, Attempting, Fate
from windlass.verify.differing import changed_lines, shown
from windlass.verify.lab import Lab, labs
from windlass.verify.mapping import SOURCE_MAX
from windlass.verify.mapping import chosen as by_map
from windlass.verify.model import Evidence, Outcome, Reading
from windlass.verify.mutants import Mutant, mutants, picked, rank, suspect
from windlass.verify.planning import fitting
from windlass.verify.reach import Reach, pack, parse_reach
from windlass.verify.readings import LEAST_S, Deadline, Planned, fingerprint
from windlass.verify.records import evidence, keep, map_of, newest_of
from windlass.verify.score import Score, Shift
from windlass.verify.settings import parse_settings
from windlass.verify.site import Site
from windlass.verify.testcode import on_test_side

MUTATION: Final = "mutation:"
"""Goes before the name of a check in the evidence of a sample, and the seed behind it."""
MUTANTS_MAX: Final = 2_000
BATCH: Final = 25
"""Mutants that are tried in one sandbox."""
TESTS_MAX: Final = 2_000
"""Tests that are run on one mutant, those likeliest to notice soon first."""
LATE: Final = 5.0
LATE_S: Final = 3.0
"""A run is ended after so many seconds of the processor and so many times what its tests took when they were
recorded.
"""
WALL: Final = 4.0
"""Times that in seconds by the wall, for the machine may be busy."""
END_S: Final = 30.0
"""Left to a sandbox to tell what it has once its time is over."""
JUDGED: Final = (Fate.KILLED, Fate.TIMED_OUT, Fate.SURVIVED)


@dataclass(frozen=True, slots=True)
class Tried:
    """A mutant and what became of it. `tests`: those that ran its statement, in the order they were given.
    `diff`: the lines it changes; `suspect`: why it may be no fault at all, empty where nothing says so.
    """

    mutant: Mutant
    seen: Attempted
    tests: tuple[str, ...]
    diff: str
    suspect: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of some mutants. `possible`: how many there are in the code that was asked about, of which
    these were drawn. `shift`: against the same mutants when they were last tried, None without such.
    `before`: the tree of then.
    """

    check: str
    tree: str
    tried: tuple[Tried, ...]
    possible: int
    seconds: float
    shift: Shift | None = None
    before: str = ""

    def of(self, *fates: Fate) -> list[Tried]:
        return [one for one in self.tried if one.seen.fate in fates]

    @property
    def reading(self) -> Reading:
        """What a sample says of a tree: its score in percent as the metric `mutation`, where there is one."""
        score = self.score
        known = {} if score.percent is None else {"mutation": score.percent}
        counts = {"killed": float(score.killed), "tried": float(score.tried)}
        outcome = Outcome.PASSED if known else Outcome.UNKNOWN
        cases = {one.mutant.key: one.seen.fate.value for one in self.tried}
        return Reading(f"{MUTATION}{self.check}", outcome, self.seconds, {**counts, **known}, cases)

    @property
    def score(self) -> Score:
        """A mutant that did not end in time was noticed: somebody would wait for ever."""
        return Score(len(self.of(Fate.KILLED, Fate.TIMED_OUT)), len(self.of(*JUDGED)))


@dataclass(frozen=True, slots=True)
class Asked:
    """At most so many mutants, at most so many of a line, within so many seconds."""

    most: int = 40
    of_a_line: int = 1
    limit_s: float = 60.0
    seed: int = 1


def of_change(site: Site, tree: str, base: str, asked: Asked) -> Found:
    """Mutants on the lines in which a tree differs from another. Raises NotFound where no check here runs
    tests, Unavailable where what they run cannot be recorded.
    """
    changes = [one for one in site.mirror.changed(base, tree) if one.oid and one.path.endswith(".py")]
    with labs(site, parse_settings(site.verify), (tree,)) as (lab,):
        sources = _sources(lab, [one.path for one in changes])
        old = dict(site.mirror.blobs(sorted({one.old_oid for one in changes if one.old_oid}), SOURCE_MAX))
        before = {one.path: old.get(one.old_oid or "") or b"" for one in changes}
        lines = {path: changed_lines(before[path], text) for path, text in sources.items()}
        some = [one for one in _every(sources) if not lines[one.path].isdisjoint(_own(one, sources))]
        return _found(lab, some, picked(some, sources, min(asked.most, MUTANTS_MAX), asked.seed,
                      of_a_line=asked.of_a_line), sources, asked)  # fmt: skip


def of_sample(site: Site, tree: str, share: float, asked: Asked) -> Found:
    """A share of all mutants of a tree, each as likely as any other; what was seen is kept, and held against
    the same mutants of the tree that was last asked about with this seed. Raises as `of_change` does.
    """
    with labs(site, parse_settings(site.verify), (tree,)) as (lab,):
        sources = _sources(lab, lab.files)
        every = _every(sources)
        drawn = [one for one in every if rank(one, asked.seed) < share]
        most = min(asked.most, MUTANTS_MAX)
        found = _found(lab, every, picked(drawn, sources, most, asked.seed, of_a_line=most), sources, asked)
        return _kept(lab, found, asked.seed) if found.tried else found


def _sources(lab: Lab, paths: Iterable[str]) -> dict[str, bytes]:
    wanted = [one for one in paths if one in lab.files and one.endswith(".py") and not on_test_side(one)]
    return dict(lab.contents(sorted(wanted), SOURCE_MAX))


def _every(sources: Mapping[str, bytes]) -> list[Mutant]:
    return [one for path in sorted(sources) for one in mutants(path, sources[path])]


def _own(mutant: Mutant, sources: Mapping[str, bytes]) -> range:
    """The lines of the very place that it changes."""
    text = sources[mutant.path]
    return range(mutant.line, mutant.line + text.count(b"\n", mutant.first, mutant.last) + 1)


def _found(
    lab: Lab, every: Sequence[Mutant], drawn: Sequence[Mutant], sources: Mapping[str, bytes], asked: Asked
) -> Found:
    if not drawn:
        return Found("", lab.tree, (), len(every), 0.0)
    check = fitting(lab, "tests")
    if check is None:
        raise NotFound("no check here runs tests", hint="windlass doctor says why")
    _ = lab.environment, lab.checkout  # made before time counts
    began, deadline = time.monotonic(), Deadline.within(asked.limit_s)
    reach, broken = _reach(lab, check, deadline)
    tests = [_tests(reach, one, broken) for one in drawn]
    seen = _attempted(lab, check, [_attempt(reach, *one) for one in zip(drawn, tests, strict=True)], deadline)
    tried = [
        Tried(mutant, one, by, shown(sources[mutant.path], mutant.applied(sources[mutant.path])),
              suspect(mutant, sources[mutant.path]))
        for mutant, one, by in zip(drawn, seen, tests, strict=True)
    ]  # fmt: skip
    return Found(check.id, lab.tree, tuple(tried), len(every), time.monotonic() - began)


def _reach(lab: Lab, check: Planned, deadline: Deadline) -> tuple[Reach, frozenset[str]]:
    """What every test of this very tree runs, and the tests that fail: kept from an earlier run, else from
    one of those that the change can affect, or of all.
    """
    site, environment = lab.site, fingerprint(lab, check)
    kept, own = site.database.read(lambda tx: (
        map_of(tx, site.repository.id, check.id, environment, lab.tree),
        evidence(tx, lab.tree, check.id, environment),
    ))  # fmt: skip
    if kept is not None and own is not None and (known := parse_reach(kept.packed)) is not None:
        return known, _functions(own.reading.failures)
    choice = by_map(lab, check.id, environment)
    chosen = choice.chosen if choice is not None and not choice.full else None
    if chosen == ():
        return Reach((), (), (), {}), frozenset()
    left = max(LEAST_S, deadline.left())
    scene = lab.scene(only=chosen or (), changed=(), wall_s=left, coverage=False)
    reading = check.check.read(replace(scene, reach_s=left))
    reach = parse_reach(pack(reading.reach)) if reading.outcome is not Outcome.UNKNOWN else None
    if reach is None:
        why = reading.detail or "the check cannot record what tests run, or had too little time to"
        raise Unavailable(f"no map of tests: {why}", hint="only pytest records; --limit gives more time")
    return reach, _functions(reading.failures)


def _functions(cases: Iterable[str]) -> frozenset[str]:
    return frozenset(case.partition("[")[0] for case in cases)


def _tests(reach: Reach, mutant: Mutant, broken: Collection[str]) -> tuple[str, ...]:
    """Tests that ran the mutant's statement, or anything of a file in which it runs on the import; the quick
    that run little first: they tell soonest.
    """
    at_import = not reach.loaded.get(mutant.path, frozenset()).isdisjoint(mutant.lines())
    bits = reach.running(mutant.path, None if at_import else mutant.lines())
    numbers = [number for number in reach.numbers(bits) if reach.tests[number] not in broken]
    numbers.sort(key=lambda n: (reach.seconds[n] * (1 + reach.breadth[n]), n))
    return tuple(reach.tests[number] for number in numbers[:TESTS_MAX])


def _attempt(reach: Reach, mutant: Mutant, tests: Sequence[str]) -> Attempt:
    took = dict(zip(reach.tests, reach.seconds, strict=True))
    cpu_s = LATE_S + LATE * sum(took[test] for test in tests)
    return Attempt(mutant, tuple(tests), cpu_s, WALL * cpu_s)


def _attempted(lab: Lab, check: Planned, attempts: Sequence[Attempt], deadline: Deadline) -> list[Attempted]:
    """Each attempt until the deadline, some sandboxes at a time; what no test runs is not tried."""
    able = check.check
    if not isinstance(able, Attempting):
        raise Unavailable(f"{check.id} cannot try mutants", hint="only pytest can")
    seen = [Attempted(Fate.NOT_TRIED if one.tests else Fate.NOT_REACHED) for one in attempts]
    numbers = [number for number, one in enumerate(attempts) if one.tests]

    def batch(some: Sequence[int]) -> None:
        left = deadline.left()
        if left <= 0:
            return
        scene = lab.scene(only=(), changed=(), wall_s=left + END_S, coverage=False)
        found = able.attempted(scene, [attempts[number] for number in some], within_s=left)
        for number, one in zip(some, found, strict=True):
            seen[number] = one

    size = max(1, min(BATCH, -(-len(numbers) // max(1, lab.settings.parallel))))
    with ThreadPoolExecutor(max(1, lab.settings.parallel), thread_name_prefix="mutants") as pool:
        list(pool.map(batch, [numbers[at : at + size] for at in range(0, len(numbers), size)]))
    return seen


def _kept(lab: Lab, found: Found, seed: int) -> Found:
    """Keep what was seen of a sample; the same with how it differs from the tree before."""
    check = fitting(lab, "tests")
    assert check is not None
    environment = fingerprint(lab, check)
    reading = replace(found.reading, check=f"{found.reading.check}:{seed}")
    level, now = lab.site.launcher.level.value, lab.site.clock()
    made = Evidence(lab.tree, reading.check, environment, reading, level, now)
    before = lab.site.database.read(lambda tx: newest_of(tx, reading.check, environment))
    lab.site.database.write(lambda tx: keep(tx, made))
    if before is None or before.tree == lab.tree:
        return found
    return replace(found, shift=paired(before.reading.cases, reading.cases), before=before.tree)


def paired(before: Mapping[str, str], now: Mapping[str, str]) -> Shift:
    """The mutants that are in both and were judged in both."""
    judged, noticed = {fate.value for fate in JUDGED}, {Fate.KILLED.value, Fate.TIMED_OUT.value}
    both = [key for key in before.keys() & now.keys() if {before[key], now[key]} <= judged]
    lost = sum(before[key] in noticed and now[key] not in noticed for key in both)
    gained = sum(before[key] not in noticed and now[key] in noticed for key in both)
    return Shift(len(both), lost, gained)
