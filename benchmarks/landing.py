"""Merge queues side by side in simulation: landed per build time, builds per landed change, good ones lost.

    python benchmarks/landing.py                          # K 1-16, risk 1-20 %, flakes 0-5 %
    python benchmarks/landing.py --short                  # a few of its cells, in seconds
    python benchmarks/landing.py --replay PATH PATH       # the histories of two git repositories
    python benchmarks/landing.py --invariants 1000        # what must never happen, so often tried
    python benchmarks/landing.py --invariants 1 --seed 7  # one of them again

What is true and what the peers do is in landing_world.py. In a replay the changes are the commits of the main
line in their order, with their authors, sizes and files; a change counts as bad if a later one reverts it by
its id, or if within three days a change whose subject begins with fix, revert or hotfix touches one of its
source files, and two of at most fifty changes apart that touch the same file break each other with a
probability of 2 %. The risk is what windlass learns from those before it.
"""

import argparse
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import landing_world as world
from landing_world import Change, World

from windlass.land.calibration import calibrate
from windlass.land.risk import Experience, Facts

RISKS = (0.01, 0.02, 0.05, 0.1, 0.2)
FLAKES = (0.0, 0.01, 0.05)
SLOTS = (1, 2, 3, 4, 8, 16)
QUEUES = {**world.PEERS, "batch of 10": partial(world.batches, size=10), "windlass": world.ladder}
REPAIRS = re.compile(r"^\W*(fix|revert|hotfix)", re.IGNORECASE)
REVERTS = re.compile(r"This reverts commit ([0-9a-f]{40})")
DAY_S, NEAR, BREAKS = 86_400, 50, 0.02


@dataclass
class Sum:
    """What several histories gave, together."""

    changes: int = 0
    landed: int = 0
    rounds: int = 0
    builds: int = 0
    ejected_good: int = 0
    faults: int = 0

    def add(self, one: World) -> None:
        self.changes += len(one.changes)
        self.landed += len(one.landed)
        self.rounds += one.rounds
        self.builds += one.builds
        self.ejected_good += one.ejected_good
        self.faults += len(one.faults)

    def __str__(self) -> str:
        return (
            f"{self.landed / self.rounds:.2f} / {self.builds / self.landed:.2f}"
            f" / {100 * self.ejected_good / (self.landed + self.ejected_good):.1f}"
        )


def compare(made: Iterator[World], slots: int) -> dict[str, Sum]:
    """Every queue on every history, each with the same changes."""
    sums = {name: Sum() for name in QUEUES}
    for one in made:
        for name, queue in QUEUES.items():
            fresh = World(one.changes, one.flake, random.Random(1))
            queue(fresh, slots)
            sums[name].add(fresh)
    return sums


def row(told: str, sums: dict[str, Sum]) -> tuple[str, float, float]:
    """A line of the table; windlass beside the chain and beside the best peer."""
    rate = {name: one.landed / one.rounds for name, one in sums.items()}
    best = max(value for name, value in rate.items() if name != "windlass")
    chain, peer = rate["windlass"] / rate["chain"], rate["windlass"] / best
    assert not sums["windlass"].faults, "what must never happen did"
    cells = " | ".join(str(one) for one in sums.values())
    return f"| {told} | {cells} | {chain:.2f} | {peer:.2f} |", chain, peer


def table(risks: tuple[float, ...], flakes: tuple[float, ...], slots: tuple[int, ...], times: int) -> None:
    print(f"| risk, flakes, K | {' | '.join(QUEUES)} | x chain | x best peer |")
    print("|---" * (len(QUEUES) + 3) + "|")
    goal, worst = [], []
    for risk in risks:
        for flake in flakes:
            for count in slots:
                made = (
                    world.make(250, risk, random.Random(f"{risk} {at}"), flake=flake) for at in range(times)
                )
                line, chain, peer = row(f"{risk:.0%}, {flake:.0%}, {count}", compare(made, count))
                print(line, flush=True)
                worst.append(peer)
                goal += [chain] if 2 <= count <= 4 and risk <= 0.1 else []
    print(f"\nleast at K 2-4 and risk up to 10 %: {min(goal):.2f} x the chain; least beside the best peer:"
          f" {min(worst):.2f}")  # fmt: skip


def replayed(path: Path, most: int) -> tuple[World, list[tuple[float, bool]]]:
    """The last `most` changes of a repository's main line, and what was foretold of each."""
    commits = list(_commits(path, most))
    fixes = [at for at, one in enumerate(commits) if REPAIRS.match(one.subject)]
    reverted = {found for one in commits for found in REVERTS.findall(one.subject)}
    chance, experience, told, changes = random.Random(1), Experience(), [], []
    foes: list[set[int]] = [set() for _ in commits]
    for at, one in enumerate(commits):
        code = {name for name in one.paths if not name.endswith((".md", ".rst", ".txt", ".yml", ".yaml"))}
        bad = one.id in reverted or any(
            at < fix <= at + NEAR and commits[fix].at - one.at <= 3 * DAY_S and code & set(commits[fix].paths)
            for fix in fixes
        )
        for other in range(max(0, at - NEAR), at):
            if set(one.paths) & set(commits[other].paths) and chance.random() < BREAKS:
                foes[at].add(other)
                foes[other].add(at)
        facts = Facts(one.author, one.lines, one.paths)
        told.append((experience.risk(facts), bad))
        changes.append(Change(bad, told[-1][0], foes[at]))
        experience.learn(facts, refused=bad)
    return World(changes, 0.01, chance), told


@dataclass(frozen=True)
class _Commit:
    id: str
    author: str
    at: int
    subject: str
    paths: tuple[str, ...]
    lines: int


def _commits(path: Path, most: int) -> Iterator[_Commit]:
    """The main line, oldest first, with what each of its commits brought to it."""
    log = subprocess.run(
        ["git", "-C", str(path), "log", "--first-parent", "-m", "--numstat", "--no-renames", f"-n{most}",
         "--reverse", "--format=%x00%H%x01%an%x01%ct%x01%s%x01%b%x01"],
        capture_output=True, text=True, errors="replace", check=True,
    ).stdout  # fmt: skip
    for entry in log.split("\0")[1:]:
        oid, author, when, subject, body, stats = entry.split("\1", 5)
        found = [line.split("\t") for line in stats.splitlines() if line.count("\t") == 2]
        size = sum(int(count) for line in found for count in line[:2] if count.isdigit())
        yield _Commit(oid, author, int(when), f"{subject}\n{body}", tuple(one[2] for one in found), size)


def replay(paths: list[Path], most: int, slots: tuple[int, ...]) -> None:
    print(f"| history, K | {' | '.join(QUEUES)} | x chain | x best peer |")
    print("|---" * (len(QUEUES) + 3) + "|")
    learned = []
    for path in paths:
        one, told = replayed(path, most)
        name = path.resolve().parent.name if path.name in ("repo", ".git") else path.resolve().name
        learned.append((name, told))
        for count in slots:
            print(row(f"{name}, {count}", compare(iter([one]), count))[0], flush=True)
    for name, told in learned:
        found = calibrate(told)
        assert found is not None
        print(
            f"\n{name}: {found.count} changes, Brier {found.brier:.4f}, of one risk for all {found.flat:.4f}"
        )
        print("\n| risk | changes | told | happened |\n|---|---|---|---|")
        for part in found.bins:
            print(
                f"| {part.low:g}-{part.high:g} | {part.count} | {part.forecast:.3f} | {part.happened:.3f} |"
            )


def invariants(histories: int, seed: int) -> bool:
    """Random histories with everything at once; says whether nothing happened that must never happen."""
    began, sums = time.process_time(), Sum()
    moved = caught = left = 0
    for at in range(seed, seed + histories):
        one = history(at)
        sums.add(one)
        moved, caught = moved + one.moved, caught + one.caught
        left += len(one.changes) - len(one.landed) - len(one.ejected)
        for fault in one.faults:
            print(f"history {at}: {fault}")
    share = sums.ejected_good / (sums.landed + sums.ejected_good)
    print(
        f"{histories} histories, {sums.changes} changes, {sums.landed} landed by {sums.builds} builds;"
        f" {sums.faults} wrong trees, red branches or double landings; good ones lost {share:.3%};"
        f" undecided {left}; broken merges caught {caught}; main had moved {moved} times;"
        f" {time.process_time() - began:.0f} s of processor time"
    )
    return not sums.faults and not left and share <= 0.005


def history(seed: int) -> World:
    """A random history, worked off: risk, flakes, slots, arrivals, lanes, pushes of others, broken merges."""
    chance = random.Random(f"history {seed}")
    one = world.make(
        chance.randint(60, 200), chance.choice(RISKS), chance,
        flake=chance.choice((0.0, 0.005, 0.01, 0.02, 0.05)),
        pair=chance.choice((0.0, 0.0005, 0.002)), gap=chance.choice((0.0, 0.1, 0.5)), lanes=True,
        foreign=chance.choice((0.0, 0.05, 0.2)), broken=chance.choice((0.0, 0.0, 0.02)),
    )  # fmt: skip
    world.ladder(one, chance.choice((1, 2, 3, 4, 4, 8)))
    return one


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--times", type=int, default=8, help="histories of 250 changes for each cell")
    parser.add_argument("--replay", type=Path, nargs="+", metavar="PATH")
    parser.add_argument("--changes", type=int, default=2000, help="of each repository that is replayed")
    parser.add_argument("--invariants", type=int, metavar="HISTORIES")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.invariants:
        return 0 if invariants(asked.invariants, asked.seed) else 1
    if asked.replay:
        replay(asked.replay, asked.changes, (1, 2, 4, 8))
    elif asked.short:
        table((0.05,), (0.01,), (1, 2, 4), 2)
    else:
        table(RISKS, FLAKES, SLOTS, asked.times)
    return 0


if __name__ == "__main__":
    sys.exit(main())
