"""Faults put into foreign repositories on purpose: which are found by the tests that windlass chooses, by
pytest-testmon and by the full run, and what it costs.

    python benchmarks/selection.py PATH... [--mutants 60] [--beside 12] [--seed 1] [--short] [--json FILE]

Each repository is cloned; its environment, its sandbox and its pytest are those that `windlass` gives it. One
whole run records the map, one fills testmon's database. Every mutant (`verify/mutants.py`: one small change
in a product file that some test or import runs) is tried with the chosen tests until the first failure; where
they find nothing, with all tests. A failure counts if the tests until then pass without the fault; what
only all tests seem to find is tried three more times by both, for some tests fail by themselves. The first
`--beside` mutants go through all tests and through testmon as well, whichever finds them; what testmon alone
finds has to fail each of three times. A fault counts when
any of these runs finds it, or does not end; recall is the share of those that the one run finds. Test time is
that of the tests themselves without starting and collecting, and without the fault, as failures cost time of
their own: the seconds of the chosen tests in runs of all tests, one of which goes before every 16 mutants;
testmon's in its own run. Time to the first failure is that of the tests before it, with the fault.
`--short`: 8 mutants, 4 beside.
"""

import argparse
import json
import math
import shutil
import statistics
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

from windlass.dispatch import Folders
from windlass.kernel import system_clock
from windlass.plugins.checks.pytest import Pytest
from windlass.plugins.checks.pytest import Settings as Options
from windlass.sandbox import open_launcher
from windlass.store import Started, migrate, open_database
from windlass.verify.attempt import Attempt, Attempted, Fate
from windlass.verify.check import Scene
from windlass.verify.ended import Ended
from windlass.verify.lab import Lab, labs
from windlass.verify.mutants import Mutant, drawn
from windlass.verify.reach import Reach, pack, parse_reach
from windlass.verify.score import wilson
from windlass.verify.selection import Choice, Trees, choose
from windlass.verify.settings import Settings
from windlass.verify.testcode import on_test_side
from windlass.workspace import Checkout, Mirror

WALL_S = 300.0
LATE_S, LATE = 5.0, 4.0
"""A run on a mutant is ended after so many seconds of the processor and times those of the plain run."""
WALL = 6.0
"""Times that in seconds by the wall, for the machine may be busy."""
TURNS = 3
CHUNK = 16
"""Mutants that are tried in one sandbox, after one run without a fault."""
AT_ONCE = 2
AGAIN = 3
PEER = "pytest-testmon"
DATA = ".testmondata"


@dataclass
class Run:
    """One run of some tests on one mutant. `first_s`: seconds of tests until a failure was known."""

    found: bool = False
    tests: int = 0
    tests_s: float = 0.0
    first_s: float | None = None


@dataclass
class Fault:
    """One mutant. `whole_s`: seconds of all tests without a fault, in the same sandbox just before. `full`
    and `testmon`: where they were run too.
    """

    path: str
    line: int
    what: str
    why_full: str
    whole_s: float
    found: bool
    chosen: Run
    full: Run | None = None
    testmon: Run | None = None


@dataclass
class Row:
    """One repository. `plain_s`, `recorded_s`: seconds of the whole run without and with the recorder, best
    of `TURNS`; `cpu`: of the processor. `took_s`: the whole measurement.
    """

    name: str
    commit: str
    tests: int
    tests_s: float
    plain_s: float
    plain_cpu_s: float
    recorded_s: float
    recorded_cpu_s: float
    map_kib: float
    took_s: float = 0.0
    faults: list[Fault] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--mutants", type=int, default=60)
    parser.add_argument("--beside", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    count, beside = (8, 4) if asked.short else (asked.mutants, asked.beside)
    rows = []
    for source in asked.repositories:
        with place(source) as (site, commit):
            for row in measured(source, site, commit, Asked(count, beside, asked.seed)):
                if asked.json:
                    told = [asdict(one) for one in (*rows, row)]
                    asked.json.write_text(json.dumps(told, indent=1) + "\n")
            rows.append(row)
        print(table(rows), flush=True)
        print(
            row.name, f"{row.tests} tests, whole run {row.plain_s:.1f} s (processor {row.plain_cpu_s:.1f}),"
            f" recorded {row.recorded_s:.1f} s (processor {row.recorded_cpu_s:.1f}),"
            f" map {row.map_kib:.0f} KiB; all of it took {row.took_s:.0f} s", flush=True,
        )  # fmt: skip
    for row in rows:
        for fault in row.faults:
            if fault.found and not fault.chosen.found:
                print(f"missed: {row.name} {fault.path}:{fault.line} {fault.what}")


@dataclass(frozen=True)
class Asked:
    mutants: int
    beside: int
    seed: int


@contextmanager
def place(source: Path) -> Iterator[tuple[SimpleNamespace, str]]:
    """A site over a clone, and the commit it is at."""
    top = Path(tempfile.mkdtemp(prefix="windlass-select-"))
    try:
        subprocess.run(["git", "clone", "-q", str(source.resolve()), str(top / "clone")], check=True)
        checkout = Checkout.open(top / "clone")
        mirror = Mirror.create(top / "home")
        commit = mirror.sync(checkout)
        database = open_database(f"sqlite:///{top}/windlass.db")
        migrate(database)
        yield SimpleNamespace(
            database=database, repository=SimpleNamespace(id=1), mirror=mirror, launcher=open_launcher(),
            folders=Folders(*(top / name for name in ("attempts", "checkouts", "envs", "patches", "trash"))),
            clock=system_clock, start=Started(), playbooks=None, verify={},
        ), commit  # fmt: skip
        database.close()
    finally:
        shutil.rmtree(top, ignore_errors=True)


def measured(source: Path, site: SimpleNamespace, commit: str, asked: Asked) -> Iterator[Row]:
    """One repository; told again after every chunk of mutants."""
    tree, began = site.mirror.tree_of(commit), time.monotonic()
    with labs(site, Settings(), (tree,)) as (lab,):
        python = sorted(path for path in lab.files if path.endswith(".py"))
        sources = dict(lab.contents(python, 1 << 20))
        row, reach = recorded(source.name if source.name != "repo" else source.parent.name, commit[:10], lab)
        theirs = Settings(requirements=(
            *(f"{name}=={number}" for name, number in lab.environment.packages.items()),
            f"{PEER}=={version(PEER)}",
        ))  # fmt: skip
        with labs(site, theirs, (tree,)) as (peer,):
            data = testmon(scene(peer), "{out}").outputs[DATA]
        trial = Trial(site, lab, theirs, sources, reach, data, LATE_S + LATE * row.plain_cpu_s)
        every = drawn(product(sources, reach), asked.mutants, asked.seed, of_a_line=asked.mutants)
        chunks = [every[at : at + CHUNK] for at in range(0, len(every), CHUNK)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for faults in pool.map(trial.tried, chunks):
                row.faults += faults
                row.took_s = time.monotonic() - began
                found = sum(fault.found for fault in row.faults)
                missed = sum(fault.found and not fault.chosen.found for fault in row.faults)
                print(
                    f"{row.name}: {len(row.faults)} of {len(every)} mutants, {found} faults,"
                    f" {missed} missed, {row.took_s:.0f} s", flush=True,
                )  # fmt: skip
                yield row
            beside = list(zip(every, row.faults, strict=True))[: asked.beside]
            list(pool.map(trial.beside, *zip(*beside, strict=True)) if beside else ())
    row.took_s = time.monotonic() - began
    yield row


def scene(lab: Lab, *, only: Sequence[str] = (), wall_s: float = WALL_S) -> Scene:
    return lab.scene(only=only, changed=(), wall_s=wall_s, coverage=False)


def recorded(name: str, commit: str, lab: Lab) -> tuple[Row, Reach]:
    """The whole run without and with the recorder, turn by turn."""
    check, seconds = Pytest(Options()), {False: [], True: []}
    cpu: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(TURNS):
        for reach in (False, True):
            had = scene(lab)
            began = time.monotonic()
            reading = check.read(replace(had, reach_s=WALL_S * reach))
            seconds[reach].append(time.monotonic() - began)
            cpu[reach].append(had.start.used["cpu_s"])
            if not reach:
                plain = reading
    packed = pack(reading.reach)
    found = parse_reach(packed)
    assert found is not None, reading.detail
    best = [min(taken[key]) for key in (False, True) for taken in (seconds, cpu)]
    return Row(
        name, commit, len(plain.cases), sum(plain.spent.values()), best[0], best[1], best[2], best[3],
        len(packed) / 1024,
    ), found  # fmt: skip


def product(sources: dict[str, bytes], reach: Reach) -> dict[str, bytes]:
    """Files that are not on the side of the tests and that some test or import runs."""
    return {path: text for path, text in sources.items() if not on_test_side(path) and path in reach.ran}


@dataclass(frozen=True)
class Trial:
    """What every mutant of a repository is tried with. `theirs`: settings of the environment that has the
    peer; `data`: its database; `late`: processor seconds after which a run is ended.
    """

    site: SimpleNamespace
    lab: Lab
    theirs: Settings
    sources: dict[str, bytes]
    reach: Reach
    data: bytes
    late: float

    def tried(self, mutants: Sequence[Mutant]) -> list[Fault]:
        """The chosen tests on some mutants; all tests on those that they do not find."""
        choices = dict(zip(mutants, map(self.choice, mutants), strict=True))
        some = [mutant for mutant, choice in choices.items() if choice.chosen and not choice.full]
        whole, *ran = self.attempts([(None, ()), *((one, choices[one].chosen) for one in some)])
        runs = dict(zip(some, map(result, ran), strict=True))
        rest = [one for one in mutants if one not in runs or not runs[one].found]
        by_all = dict(zip(rest, map(result, self.attempts([(one, ()) for one in rest])), strict=True))
        faults = []
        for mutant, choice in choices.items():
            every, run = by_all.get(mutant, Run()), runs.get(mutant, Run())
            if every.found and not run.found and not choice.full:
                every, run = self.again(mutant, choice)
            run = replace(every if choice.full else run, tests_s=cost(choice, whole))
            found = run.found or every.found
            faults.append(Fault(
                mutant.path, mutant.line, mutant.what, choice.full, whole.tests_s, found, run
            ))  # fmt: skip
        return faults

    def again(self, mutant: Mutant, choice: Choice) -> tuple[Run, Run]:
        """What all tests and the chosen ones find of a fault that only all seemed to: some tests fail now and
        then by themselves. All have to find it each time; for the chosen one time is enough.
        """
        some = [(mutant, choice.chosen)] * AGAIN if choice.chosen else []
        ran = list(map(result, self.attempts([*[(mutant, ())] * AGAIN, *some])))
        least = next((run for run in ran[:AGAIN] if not run.found), ran[0])
        return least, next((run for run in ran[AGAIN:] if run.found), Run())

    def choice(self, mutant: Mutant) -> Choice:
        text = mutant.applied(self.sources[mutant.path])
        return choose(self.reach, Trees(
            {mutant.path: self.sources[mutant.path]}, {mutant.path: text}, (),
            {**self.sources, mutant.path: text}, self.lab.facts.tests, self.lab.distribution.roots,
        ))  # fmt: skip

    def attempts(self, wanted: Sequence[tuple[Mutant | None, Sequence[str]]]) -> list[Attempted]:
        if not wanted:
            return []
        made = [Attempt(m, tuple(tests), self.late, WALL * self.late) for m, tests in wanted]
        most = WALL * self.late * (len(made) + 1)
        had = scene(self.lab, wall_s=most + 60)
        return Pytest(Options()).attempted(had, made, within_s=most)

    def beside(self, mutant: Mutant, fault: Fault) -> None:
        """All tests to their end, and testmon's choice."""
        (full,) = self.attempts([(mutant, ())])
        fault.full = replace(result(full), tests_s=fault.whole_s)
        mirror = self.site.mirror
        text = mutant.applied(self.sources[mutant.path])
        entries = mirror.listing(mirror.write_tree({mutant.path: text, DATA: self.data}))
        put = mirror.overlaid(self.lab.tree, drop=(), put=entries.values())
        with labs(self.site, self.theirs, (put,)) as (here,):
            runs = (
                reported(testmon(scene(here, wall_s=WALL * self.late), "{tree}")) for _ in range(AGAIN)
            )
            fault.testmon = next(runs)
            alone = fault.testmon.found and not (fault.found or fault.full.found)
            fault.testmon.found &= not alone or all(one.found for one in runs)
        fault.found = fault.found or fault.full.found or fault.testmon.found


def result(one: Attempted) -> Run:
    """What a run says; one that does not end has found something."""
    assert one.fate is not Fate.NOT_TRIED, one
    return Run(one.fate in (Fate.KILLED, Fate.TIMED_OUT), one.ran, one.tests_s, one.failed_s)


def testmon(had: Scene, where: str) -> Ended:
    argv = [*Pytest(Options())._argv(had, coverage=False), "--testmon"]
    argv = [word for word in argv if word != "no:cacheprovider"]  # it breaks without
    argv.remove("-p")
    env = {"PYTHONHASHSEED": "0", "TESTMON_DATAFILE": f"{where}/{DATA}"}
    return had.start(argv, copy=True, outputs=("junit.xml", DATA), env=env)


def cost(choice: Choice, whole: Attempted) -> float:
    """Seconds of the chosen tests when all tests ran without a fault; of a test file those of its tests."""
    chosen = set(choice.chosen)
    if choice.full:
        return whole.tests_s
    return sum(s for test, s in whole.each.items() if test in chosen or test.partition("::")[0] in chosen)


def reported(ended: Ended) -> Run:
    """What a run with a report says; one that ends otherwise than by passing or without tests has found
    something.
    """
    made = Run(found=ended.exit_code not in (0, 5))
    if "junit.xml" not in ended.outputs:
        return made
    for case in ET.fromstring(ended.outputs["junit.xml"]).iter("testcase"):
        made.tests += 1
        made.tests_s += float(case.get("time", "0"))
        if made.first_s is None and (case.find("failure") is not None or case.find("error") is not None):
            made.first_s = made.tests_s
    return made


def table(rows: Sequence[Row]) -> str:
    head = ("repository", "by", "mutants", "faults found", "recall %", "at least (Wilson, 95 %)",
            "share of test time %", "until a failure p50 / mean s")  # fmt: skip
    every = [fault for row in rows for fault in row.faults]
    parts = [(f"{row.name} {row.commit}, {row.tests} tests", row.faults) for row in rows] + [("all", every)]
    lines = [head, ("---",) * len(head), *(line for name, faults in parts for line in told(name, faults))]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def told(name: str, faults: Sequence[Fault]) -> Iterator[tuple[str, ...]]:
    """The lines of some faults; `third`: the chosen tests until a third of all tests' seconds."""
    for by in ("chosen", "third", "full", "testmon"):
        of = [(fault, getattr(fault, "chosen" if by == "third" else by)) for fault in faults]
        ran = [(fault, run, fault.whole_s / 3 if by == "third" else math.inf) for fault, run in of if run]
        real = [(run, end) for fault, run, end in ran if fault.found]
        found = [run for run, end in real if run.found and (run.first_s or 0.0) <= end]
        first = [run.first_s for run in found if run.first_s is not None] or [0.0]
        spent = sum(min(run.tests_s, end) for _, run, end in ran)
        low, _ = wilson(len(found), len(real))
        yield (
            name, by, str(len(ran)), f"{len(found)} of {len(real)}",
            f"{100 * len(found) / (len(real) or 1):.2f}", f"{100 * low:.2f}",
            f"{100 * spent / (sum(fault.whole_s for fault, *_ in ran) or 1.0):.1f}",
            f"{statistics.median(first):.3f} / {statistics.fmean(first):.3f}",
        )  # fmt: skip


if __name__ == "__main__":
    main()
