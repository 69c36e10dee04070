#!/usr/bin/env python3
"""Ten agents at once on one repository: 200 ordered tasks through the whole loop, landing included.

    python benchmarks/agents.py [--short] [--tasks 200] [--agents 10] [--files 5000] [--think 25]

A generated repository of 5,000 files is worked on by ten workers whose runner is the kind `command` with a
scripted agent: it waits as an agent waits for its model (`--think` seconds, half to one and a half times
that), edits the files of its task, and tells how long it took by itself. Tasks name the files they may
change; some name a folder. Every tenth task edits a line of the one before it, so that git cannot merge
both from one base; git itself says which pairs conflict. The repository's check is a real command that
takes next to no time, so what is measured is windlass.

Printed: what became of every task; of the pairs that really conflict, how many were foreseen before work
began and how many were at work at the same time all the same; the overhead of a task, which is the time
from its claim to its landing without what the agent took by itself; and where that time goes, by stage:
`verify` and `land` include their `judge`, and what of them lies between the stages is waiting in line.
"""

import argparse
import itertools
import json
import os
import random
import resource
import statistics
import subprocess
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any

from windlass import dispatch, land, workspace
from windlass.app import Bounds, Order, Wish, open_plant, run, workflows
from windlass.dispatch import globs, local, worker
from windlass.events import history
from windlass.land import LandingState, building
from windlass.land import controller as landing_steps
from windlass.store import Transaction
from windlass.verify import controller as judging

AGENT = """
import json, os, pathlib, sys, time
ticks = int(pathlib.Path("/proc/self/stat").read_text().rpartition(") ")[2].split()[19])
since = time.clock_gettime(time.CLOCK_BOOTTIME) - (ticks + 1) / os.sysconf("SC_CLK_TCK")
began = time.perf_counter() - since
task = json.load(sys.stdin)
told = json.loads(task["instructions"])
time.sleep(told["think"])
for path, line in told["edits"]:
    place = pathlib.Path(path)
    lines = place.read_text().splitlines(keepends=True)
    lines[line] = f"VALUE_{line} = {told['number']}\\n"
    place.write_text("".join(lines))
took = time.perf_counter() - began
print(json.dumps({"outcome": "changed", "detail": f"own={took:.4f}"}))
"""
"""Its own time begins where its process did, at the latest the kernel's clock tick (10 ms) may mean."""
CHECK = "#!/bin/sh\ntest -d area\n"
"""Takes next to no time: what a repository's own checks take is theirs."""
LINES = 40
PER_FOLDER = 100
STAGES: Sequence[tuple[str, object, str]] = (
    ("claim", local.LocalEmployer, "take"),
    ("checkout", workspace.Attempt, "create"),
    ("run", worker, "_run"),
    ("commit and pack", worker, "_commit"),
    ("import", local, "take_in"),
    ("hand in", local.LocalEmployer, "hand_in"),
    ("remove", workspace.Attempt, "remove"),
    ("verify: judge", judging, "judge_tree"),
    ("verify", workflows, "_verify"),
    ("land", land, "run"),
    ("land: merge", building, "_candidate"),
    ("land: judge", landing_steps, "judge_tree"),
)
"""What is timed where it is called, from outside: the product has no clock of its own for these."""


@dataclass(frozen=True)
class Asked:
    """One task: which line of which files it edits, and what it says it may change."""

    number: int
    edits: tuple[tuple[str, int], ...]
    paths: tuple[str, ...]
    think: float

    def order(self) -> Order:
        told = {"number": self.number, "edits": self.edits, "think": self.think}
        return Order(
            f"Set values {self.number}", "scripted", self.paths, text=json.dumps(told),
            key=f"bench-{self.number}", by="bench",
        )  # fmt: skip


class Beside(threading.Thread):
    """While the agents work: every few seconds a `git worktree add` on the same repository, then taken away.

    Both are measured under the same load, and neither is in the way of the other.
    """

    def __init__(self, folder: Path, pause_s: float) -> None:
        super().__init__(daemon=True)
        self._folder, self._pause_s = folder, pause_s
        self._over = threading.Event()
        self.took: list[float] = []

    def run(self) -> None:
        while not self._over.wait(self._pause_s):
            place = self._folder / f"worktree-{len(self.took)}"
            began = time.perf_counter()
            git(self._folder / "repo", "worktree", "add", "-q", "--detach", str(place), "main")
            self.took.append(time.perf_counter() - began)
            git(self._folder / "repo", "worktree", "remove", "--force", str(place))

    def end(self) -> None:
        self._over.set()
        self.join()


class Times:
    """Seconds by stage. Stages that are called inside others count there too."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = defaultdict(list)
        self._lock = threading.Lock()

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            with self._lock:
                self.took[stage].append(time.perf_counter() - began)

    def watch(self, stage: str, place: Any, name: str) -> None:
        inner = place.__dict__[name]
        plain: Callable[..., Any] = inner.__func__ if isinstance(inner, classmethod) else inner

        @wraps(plain)
        def timed(*given: Any, **named: Any) -> Any:
            with self.of(stage):
                return plain(*given, **named)

        setattr(place, name, classmethod(timed) if isinstance(inner, classmethod) else timed)


def generate(folder: Path, files: int) -> list[str]:
    """A repository of that many modules, committed once."""
    folder.mkdir(parents=True)
    body = "".join(f"VALUE_{line} = 0\n" for line in range(LINES))
    paths = [f"area/part_{n // PER_FOLDER}/module_{n}.py" for n in range(files)]
    for path in paths:
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(body)
    (folder / "tools").mkdir()
    (folder / "tools/agent.py").write_text(AGENT)
    (folder / "tools/check.sh").write_text(CHECK)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "Begin")
    return paths


def git(folder: Path, *arguments: str, fine: tuple[int, ...] = (0,)) -> "subprocess.CompletedProcess[str]":
    people = {
        f"GIT_{who}_{what}": "bench@localhost"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **people},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in fine, done.stderr
    return done


def asked(paths: Sequence[str], many: int, think: float, chance: random.Random) -> list[Asked]:
    """Tasks on one to three files; every tenth edits a line of the one before; some name a folder."""
    found: list[Asked] = []
    for number in range(1, many + 1):
        own = chance.sample(paths, chance.randint(1, 3))
        edits = [(path, chance.randrange(LINES)) for path in own]
        if number % 10 == 0:
            edits[0] = found[-1].edits[0]
        stated = [path for path, _ in edits]
        if number % 7 == 0:
            stated[0] = stated[0].rpartition("/")[0] + "/"
        wait = think * chance.uniform(0.5, 1.5)
        found.append(Asked(number, tuple(dict(edits).items()), tuple(dict.fromkeys(stated)), wait))
    return found


def conflicts(folder: Path, tasks: Sequence[Asked]) -> set[tuple[int, int]]:
    """The pairs that git cannot merge when both begin at the first commit."""
    base = git(folder, "rev-parse", "HEAD").stdout.strip()
    made: dict[int, str] = {}

    def commit(task: Asked) -> str:
        if task.number not in made:
            git(folder, "checkout", "-q", "--detach", base)
            for path, line in task.edits:
                lines = (folder / path).read_text().splitlines(keepends=True)
                lines[line] = f"VALUE_{line} = {task.number}\n"
                (folder / path).write_text("".join(lines))
            git(folder, "commit", "-qam", f"{task.number}")
            made[task.number] = git(folder, "rev-parse", "HEAD").stdout.strip()
        return made[task.number]

    found = set()
    for one, two in itertools.combinations(tasks, 2):
        if dict(one.edits).keys() & dict(two.edits).keys():
            merged = git(folder, "merge-tree", "--write-tree", commit(one), commit(two), fine=(0, 1))
            if merged.returncode:
                found.add((one.number, two.number))
    git(folder, "checkout", "-q", "main")
    return found


@dataclass(frozen=True)
class Life:
    """One task as the database tells it: seconds, `own` the agent's."""

    number: int
    state: str
    landings: int
    claimed: float
    submitted: float
    verified: float
    ended: float
    own: float
    note: str

    @property
    def overhead(self) -> float:
        return self.ended - self.claimed - self.own


def lives(tx: Transaction, repository: int) -> list[Life]:
    """Every task with the times of its last attempt."""
    placed: dict[int, list[land.Landing]] = defaultdict(list)
    for one in land.landings(tx, repository):
        placed[one.task_id].append(one)
    found = []
    for task in dispatch.tasks(tx, repository):
        at = {event.kind: event.at for event in history(tx, task=task.id)}
        attempt = dispatch.attempts(tx, task.id)[-1:]
        own = attempt[0].detail.partition("own=")[2] if attempt else ""
        landed = [one for one in placed[task.id] if one.state is LandingState.LANDED]
        number = json.loads(task.spec.instructions)["number"]
        found.append(Life(
            number, task.status.value, len(landed), at.get("task.claimed", 0.0),
            at.get("task.submitted", 0.0), at.get("verdict.passed", 0.0),
            at.get("landing.landed", 0.0), float(own or 0), task.note,
        ))  # fmt: skip
    return found


def foreseen(tx: Transaction, repository: int, pairs: set[tuple[int, int]]) -> int:
    """How many of these pairs windlass knew to overlap by what stood on record before any work."""
    touches = {
        json.loads(task.spec.instructions)["number"]: dispatch.grounds.touches(tx, task.id)
        for task in dispatch.tasks(tx, repository)
    }

    def meet(one: int, two: int) -> bool:
        (sure, likely), (its, its_likely) = touches[one], touches[two]
        sides = itertools.chain(itertools.product((*sure, *likely), its), itertools.product(sure, its_likely))
        return any(globs.meet(globs.segments(a), globs.segments(b)) for a, b in sides)

    return sum(meet(*pair) for pair in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--short", action="store_true", help="24 tasks of 4 agents on 500 files, half a second each"
    )
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--agents", type=int, default=10)
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--think", type=float, default=25.0)
    parser.add_argument("--beside", type=float, default=45.0, help="seconds between two git worktree add")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.short:
        given.tasks, given.agents, given.files, given.think, given.beside = 24, 4, 500, 0.5, 1.0
    with tempfile.TemporaryDirectory(prefix="wl-agents-", dir=given.folder) as folder:
        measure(Path(folder), given)


def settings(folder: Path, agents: int) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WINDLASS_")}
    return {
        **kept, "WINDLASS_HOME": str(folder / "home"), "WINDLASS_CONFIG": str(folder / "none.toml"),
        "WINDLASS_DISPATCH_WORKERS": str(agents), "WINDLASS_AUTONOMY_DAILY_PRS": "100000",
        "WINDLASS_VERIFY_FAST": '["sh tools/check.sh"]', "WINDLASS_VERIFY_PR": '["true"]',
        "WINDLASS_DISPATCH_RUNNERS":
            '[{name = "scripted", kind = "command", command = "python3 tools/agent.py"}]',
    }  # fmt: skip


def measure(folder: Path, given: argparse.Namespace) -> None:
    paths = generate(folder / "repo", given.files)
    tasks = asked(paths, given.tasks, given.think, random.Random(given.seed))
    real = conflicts(folder / "repo", tasks)
    env, times = settings(folder, given.agents), Times()
    for stage, place, name in STAGES:
        times.watch(stage, place, name)
    began, used = time.perf_counter(), processor()
    wish = Wish(repo=folder / "repo", land=True)
    beside = Beside(folder, given.beside)
    beside.start()
    run(
        wish, Bounds(), env, listen=lambda _: None, on_start=lambda *_: None,
        errand=[task.order() for task in tasks],
    )  # fmt: skip
    took = time.perf_counter() - began
    beside.end()
    own, children = (after - before for before, after in zip(used, processor(), strict=True))
    with open_plant(replace(wish, land=False), env) as plant:
        found = plant.database.read(lambda tx: lives(tx, plant.repository.id))
        known = plant.database.read(lambda tx: foreseen(tx, plant.repository.id, real))
    times.took["git worktree add"] = beside.took
    report(given, found, times, took)
    print(f"processor seconds of a task: {own / given.tasks:.2f} of windlass,"
          f" {children / given.tasks:.2f} of all it started, the agents among them")  # fmt: skip
    together = [pair for pair in real if at_once(found, *pair)]
    share = f"{100 * known / len(real):.0f} %" if real else "no pair conflicts"
    print(f"pairs that git cannot merge: {len(real)}; foreseen before work: {known} ({share});")
    print(f"  at work at the same time all the same: {len(together)}")
    wrong = [task.number for task in tasks if not holds(folder / "repo", task, tasks)]
    print(f"edits missing on main: {len(wrong)} {wrong[:10]}")
    landed = [life for life in found if life.landings == 1]
    cells = (
        given.tasks, given.agents, given.files, f"{given.think:g}", f"{took:.0f}", len(landed),
        len(wrong), sum(life.landings > 1 for life in found), f"{known} of {len(real)} ({share})",
        both([life.overhead for life in landed]), both(times.took["checkout"]), both(beside.took),
        f"{own / given.tasks:.2f} + {children / given.tasks:.2f}",
    )  # fmt: skip
    print("\n| tasks | agents | files | think s | run s | landed once | edits lost | landed twice"
          " | conflicts foreseen | overhead p50 / p95 s | ready work tree p50 / p95 s"
          " | `git worktree add` p50 / p95 s | processor s a task, own + started |")  # fmt: skip
    print("|---" * len(cells) + "|")
    print("| " + " | ".join(map(str, cells)) + " |")


def both(values: Sequence[float]) -> str:
    """The median and the 95th percentile."""
    if not values:
        return "not measured"
    ordered = sorted(values)
    return f"{statistics.median(values):.3f} / {ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]:.3f}"


def processor() -> tuple[float, float]:
    """Processor seconds so far: of this process, and of its children that have ended."""
    mine, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime, theirs.ru_utime + theirs.ru_stime


def holds(repo: Path, task: Asked, tasks: Sequence[Asked]) -> bool:
    """Whether main has a task's edits, or those of a later task on the same line."""
    for path, line in task.edits:
        mine = {other.number for other in tasks if dict(other.edits).get(path) == line}
        text = git(repo, "show", f"main:{path}").stdout.splitlines()[line]
        if int(text.rpartition("= ")[2]) not in mine:
            return False
    return True


def at_once(found: Sequence[Life], one: int, two: int) -> bool:
    known = {life.number: life for life in found}
    first, second = sorted((known[one], known[two]), key=lambda life: life.claimed)
    return second.claimed < first.ended


def report(given: argparse.Namespace, found: Sequence[Life], times: Times, took: float) -> None:
    landed = [life for life in found if life.landings == 1]
    print(
        f"{given.tasks} tasks, {given.agents} agents, {given.files} files: {took:.1f} s,"
        f" load {os.getloadavg()[0]:.1f}"
    )
    print(f"states: {dict(Counter(life.state for life in found))}; landed once: {len(landed)}; "
          f"landed more than once: {sum(life.landings > 1 for life in found)}")  # fmt: skip
    for life in [life for life in found if life.landings != 1][:10]:
        print(f"  not landed: {life.number} {life.state}: {life.note[:200]}")
    rows = [
        ("overhead: claim to landing without the agent", [life.overhead for life in landed]),
        (
            "  at the worker: claim to submission without the agent",
            [one.submitted - one.claimed - one.own for one in landed],
        ),
        ("  submission to verdict", [life.verified - life.submitted for life in landed]),
        ("  verdict to landing", [life.ended - life.verified for life in landed]),
        ("the agent by itself", [life.own for life in landed]),
    ]
    print(f"{'seconds':56} {'p50':>8} {'p95':>8} {'sum':>8} {'n':>5}")
    rows += [(f"  stage {stage}", times.took[stage]) for stage, _, _ in STAGES]
    rows += [
        ("a ready work tree", times.took["checkout"]),
        ("`git worktree add` beside it", times.took["git worktree add"]),
    ]
    for name, values in rows:
        if values:
            ordered = sorted(values)
            p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
            print(f"{name:56} {statistics.median(values):8.3f} {p95:8.3f} {sum(values):8.1f} {len(values):5}")


if __name__ == "__main__":
    main()
