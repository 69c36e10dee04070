"""How fast comments are found, beside plain `git grep` on the same tree, and how little a next commit costs.

    python benchmarks/discover.py PATH [PATH ...] [--commits 30] [--repeat 3]

Each PATH is a repository with a work tree; it is only read. What windlass keeps goes to a temporary folder.
"""

import argparse
import resource
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from windlass.backlog import SOURCES, Discovery, Repository, Source, discover, tend
from windlass.kernel import Ran, Tools, system_clock
from windlass.store import Database, migrate, open_database
from windlass.workspace import Checkout, Mirror

TAGS = "TODO|FIXME|HACK|XXX|BUG"
GIT = ("git", "-c", "core.fsmonitor=false", "grep", "-n", "-w", "-E", TAGS)


@dataclass(frozen=True)
class Row:
    """One repository's figures; times in seconds."""

    name: str
    files: int
    lines: int
    found: int
    grep_worktree: float
    grep_tree: float
    full: float
    again: float
    work: float
    steps: list[float]

    def text(self) -> str:
        p95 = sorted(self.steps)[int(0.95 * (len(self.steps) - 1))] if self.steps else float("nan")
        p50 = statistics.median(self.steps) if self.steps else float("nan")
        return (
            f"| {self.name} | {self.files:,} | {self.lines:,} | {self.found:,} | {self.grep_worktree:.2f} "
            f"| {self.grep_tree:.2f} | {self.full:.2f} | {self.full / self.grep_tree:.1f} "
            f"| {self.full / self.grep_worktree:.1f} | {self.work:.1f} | {self.again * 1000:.0f} "
            f"| {p50 * 1000:.0f} / {p95 * 1000:.0f} ({len(self.steps)}) |"
        )


HEAD = (
    "| repository | files | tagged lines | findings | git grep, work tree s | git grep, tree s | full scan s "
    "| x tree | x work tree | x tree, processor time | nothing changed ms | next commit p50 / p95 ms (n) |\n|"
    + "---|" * 12
)


def measure(path: Path, commits: int, repeat: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="windlass-discover-") as folder:
        checkout = Checkout.open(path)
        mirror = Mirror.create(Path(folder) / "mirror")
        head = mirror.sync(checkout)
        tree = mirror.tree_of(head)
        files = len(mirror.files(tree))
        lines = len(subprocess.run([*GIT, tree], cwd=path, capture_output=True).stdout.splitlines())
        in_worktree, in_tree, full, again, work, found = [], [], [], [], [], 0
        for turn in range(repeat):  # turn by turn, so that a busy machine is busy for all
            in_worktree.append(silent([*GIT], path))
            began = spent()
            in_tree.append(silent([*GIT, tree], path))
            grepped = spent() - began
            with Bench(Path(folder) / f"{turn}.db", mirror) as bench:
                began = spent()
                seconds, first = bench.look(head)
                work.append((spent() - began) / grepped)
                full.append(seconds)
                again.append(bench.look(head)[0])
                found = first.tallies[0].open
        steps = walk(Path(folder) / "walk.db", mirror, first_parents(path, head, commits))
        return Row(
            path.name, files, lines, found, min(in_worktree), min(in_tree), min(full), min(again),
            statistics.median(work), steps,
        )  # fmt: skip


def spent() -> float:
    """Seconds of processor time of this process and the programs it has waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def first_parents(path: Path, head: str, commits: int) -> list[str]:
    """The last commits of the branch itself, oldest first."""
    argv = ["git", "rev-list", "--first-parent", f"--max-count={commits + 1}", head]
    return subprocess.run(argv, cwd=path, capture_output=True, text=True, check=True).stdout.split()[::-1]


def walk(database: Path, mirror: Mirror, history: list[str]) -> list[float]:
    """Seconds for each of these commits, one after the other, after a full scan of the first."""
    with Bench(database, mirror) as bench:
        bench.look(history[0])
        return [bench.look(commit)[0] for commit in history[1:]]


class Bench:
    """A database of its own and the comment source."""

    def __init__(self, path: Path, mirror: Mirror) -> None:
        self._mirror = mirror
        self._database: Database = open_database(f"sqlite:///{path}")
        migrate(self._database)
        self._repository: Repository = self._database.write(
            lambda tx: tend(tx, "bench", "/bench", "main", 0.0)
        )
        self._source: Source = SOURCES.open("comments", {}, Tools(system_clock, nothing, str))

    def look(self, commit: str) -> tuple[float, Discovery]:
        began = time.perf_counter()
        seen = discover(
            self._database,
            self._repository,
            self._mirror,
            commit,
            [self._source],
            run=nothing,
            now=time.time(),
        )
        seconds = time.perf_counter() - began
        if any(tally.error for tally in seen.tallies):
            raise SystemExit(f"the scan failed: {seen.tallies[0].error}")
        return seconds, seen

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()


def nothing(argv: object, **_: object) -> Ran:
    raise RuntimeError("the comment source starts no program")


def silent(argv: list[str], cwd: Path) -> float:
    """Seconds a program takes with its output to a file, as in a shell; a pipe would slow it down."""
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        subprocess.run(argv, cwd=cwd, stdout=out, check=False)
        return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description="Comment discovery beside git grep.")
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--commits", type=int, default=30)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    print(HEAD, flush=True)
    for path in given.paths:
        print(measure(path.resolve(), given.commits, given.repeat).text(), flush=True)


if __name__ == "__main__":
    main()
