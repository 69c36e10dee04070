"""Faults put into foreign repositories on purpose: which are found by the tests that windlass chooses, by
pytest-testmon and by the full run, and what it costs.

    python benchmarks/selection.py PATH... [--mutants 60] [--seed 1] [--short] [--json FILE]

Each repository is cloned; its environment, its sandbox and its pytest are those that `windlass` gives it. One
whole run records the map, one fills testmon's database. Then every mutant (`verify/mutants.py`: one small
change in a product file, in a line that some test or import runs) goes through three runs: all tests, those
chosen, testmon's. A fault counts when the full run finds it, or does not end; recall is the share of those
that the other run finds too. Test time is the sum of the tests' own seconds in the run itself, without
starting and collecting; time to the first failure is that of the tests before it. `--short`: 8 mutants.
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
from windlass.verify.check import Ended, Scene
from windlass.verify.lab import Lab, labs
from windlass.verify.mutants import Mutant, drawn
from windlass.verify.reach import Reach, pack, parse_reach
from windlass.verify.selection import Trees, choose
from windlass.verify.settings import Settings
from windlass.verify.testcode import on_test_side
from windlass.workspace import Checkout, Mirror

WALL_S = 300.0
LATE_S, LATE = 20.0, 4.0
"""A run on a mutant is ended after so many seconds and so many times those of the plain run."""
TURNS = 3
PEER = "pytest-testmon"
DATA = ".testmondata"


@dataclass
class Run:
    """One run of some tests on one mutant. `first_s`: seconds of tests until a failure was known."""

    found: bool = False
    tests: int = 0
    tests_s: float = 0.0
    wall_s: float = 0.0
    first_s: float | None = None


@dataclass
class Fault:
    path: str
    line: int
    what: str
    why_full: str
    full: Run
    chosen: Run
    testmon: Run


@dataclass
class Row:
    """One repository. `plain_s`, `recorded_s`: seconds of the whole run without and with the recorder, best
    of `TURNS`; `cpu`: of the processor.
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
    faults: list[Fault] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--mutants", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows = []
    for source in asked.repositories:
        with place(source) as (site, commit):
            rows.append(measure(source, site, commit, 8 if asked.short else asked.mutants, asked.seed))
        if asked.json:
            asked.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
        print(table(rows), flush=True)
        print("\n".join(
            f"{row.name}: {row.tests} tests {row.tests_s:.2f} s, whole run {row.plain_s:.1f} s (processor"
            f" {row.plain_cpu_s:.1f}), recorded {row.recorded_s:.1f} s (processor {row.recorded_cpu_s:.1f}),"
            f" map {row.map_kib:.0f} KiB" for row in rows
        ), flush=True)  # fmt: skip
    for row in rows:
        for fault in row.faults:
            if fault.full.found and not fault.chosen.found:
                print(f"missed: {row.name} {fault.path}:{fault.line} {fault.what}")


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


def measure(source: Path, site: SimpleNamespace, commit: str, count: int, seed: int) -> Row:
    tree = site.mirror.tree_of(commit)
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
        trial = Trial(site, lab, theirs, sources, reach, data, LATE_S + LATE * row.plain_s)
        for mutant in drawn(product(sources, reach), count, seed):
            fault = trial.tried(mutant)
            row.faults.append(fault)
            ran = {by: getattr(fault, by) for by in ("full", "chosen", "testmon")}
            told = ", ".join(f"{by} {one.found} ({one.tests} tests)" for by, one in ran.items())
            print(f"{row.name} {len(row.faults)}: {fault.path}:{fault.line} {fault.what!r}: {told}",
                  fault.why_full, flush=True)  # fmt: skip
    return row


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
    peer; `data`: its database; `late`: seconds after which a run is ended.
    """

    site: SimpleNamespace
    lab: Lab
    theirs: Settings
    sources: dict[str, bytes]
    reach: Reach
    data: bytes
    late: float

    def tried(self, mutant: Mutant) -> Fault:
        lab, text = self.lab, mutant.applied(self.sources[mutant.path])
        mirror = self.site.mirror
        entries = mirror.listing(mirror.write_tree({mutant.path: text, DATA: self.data}))
        choice = choose(self.reach, Trees(
            {mutant.path: self.sources[mutant.path]}, {mutant.path: text}, (),
            {**self.sources, mutant.path: text}, lab.facts.tests, lab.distribution.roots,
        ))  # fmt: skip
        put = mirror.overlaid(lab.tree, drop=(), put=[entries[mutant.path]])
        with labs(self.site, Settings(), (put,)) as (here,):
            full = run(here, (), self.late)
            nothing = not choice.chosen and not choice.full
            chosen = Run() if nothing else run(here, choice.chosen, self.late)
        put = mirror.overlaid(lab.tree, drop=(), put=entries.values())
        with labs(self.site, self.theirs, (put,)) as (here,):
            peer = result(testmon(scene(here, wall_s=self.late), "{tree}"))
        return Fault(mutant.path, mutant.line, mutant.what, choice.full, full, chosen, peer)


def run(lab: Lab, only: Sequence[str], wall_s: float) -> Run:
    had = scene(lab, only=only, wall_s=wall_s)
    argv = Pytest(Options())._argv(had, coverage=False)
    return result(had.start(argv, copy=True, outputs=("junit.xml",), env={"PYTHONHASHSEED": "0"}))


def testmon(had: Scene, where: str) -> Ended:
    argv = [*Pytest(Options())._argv(had, coverage=False), "--testmon"]
    argv = [word for word in argv if word != "no:cacheprovider"]  # it breaks without
    argv.remove("-p")
    env = {"PYTHONHASHSEED": "0", "TESTMON_DATAFILE": f"{where}/{DATA}"}
    return had.start(argv, copy=True, outputs=("junit.xml", DATA), env=env)


def result(ended: Ended) -> Run:
    """What a run says; one that ends otherwise than by passing or without tests has found something."""
    made = Run(found=ended.exit_code not in (0, 5), wall_s=ended.seconds)
    if "junit.xml" not in ended.outputs:
        return made
    for case in ET.fromstring(ended.outputs["junit.xml"]).iter("testcase"):
        made.tests += 1
        made.tests_s += float(case.get("time", "0"))
        if made.first_s is None and (case.find("failure") is not None or case.find("error") is not None):
            made.first_s = made.tests_s
    return made


def table(rows: Sequence[Row]) -> str:
    head = ("repository", "by", "faults found", "recall %", "share of test time %", "share of wall %",
            "until a failure p50 / mean s")  # fmt: skip
    lines = [head, ("---",) * len(head), *(line for row in rows for line in told(row))]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def told(row: Row) -> Iterator[tuple[str, ...]]:
    """The lines of one repository; `third`: the chosen tests until a third of the whole run's seconds. A
    whole run that did not end is taken to last as long as one without a fault.
    """
    wholes = [max(fault.full.tests_s, row.tests_s) for fault in row.faults]
    wall = sum(fault.full.wall_s for fault in row.faults) or 1.0
    for by in ("full", "chosen", "third", "testmon"):
        runs = [getattr(fault, "chosen" if by == "third" else by) for fault in row.faults]
        most = [whole / 3 if by == "third" else math.inf for whole in wholes]
        tried = list(zip(runs, most, row.faults, strict=True))
        real = [(run, end) for run, end, fault in tried if fault.full.found]
        found = [run for run, end in real if run.found and (run.first_s or 0.0) <= end]
        first = [run.first_s for run in found if run.first_s is not None] or [0.0]
        yield (
            f"{row.name} {row.commit}", by, f"{len(found)} of {len(real)}",
            f"{100 * len(found) / (len(real) or 1):.1f}",
            f"{100 * sum(min(run.tests_s, end) for run, end, _ in tried) / (sum(wholes) or 1.0):.1f}",
            "-" if by == "third" else f"{100 * sum(run.wall_s for run in runs) / wall:.1f}",
            f"{statistics.median(first):.3f} / {statistics.fmean(first):.3f}",
        )  # fmt: skip


if __name__ == "__main__":
    main()
