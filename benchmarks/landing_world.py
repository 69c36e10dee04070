"""A branch, changes of which some are bad and some break each other, flaky checks, and queues of them.

What is true is known here and hidden from every queue: a build of changes on the branch is red if one of them
is bad, if two of what the tree would hold break each other, or if the check flakes; a build is never green by
a flake. `ladder` drives windlass's own rules (windlass.land), none of them copied; the peers are written
after their documentation. All go round by round: as many builds as there are slots, then what follows from
them; one round is the time of one build.
"""

import hashlib
import math
import random
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field

from windlass.land.publication import Publication, decide
from windlass.land.queue import Branch, Built, Lane, Means, Waiting, plan
from windlass.land.suspicion import Noise

ROUNDS_MAX = 50_000
START = Branch("start", 0)


@dataclass(frozen=True)
class Change:
    """`told`: the risk that a queue is told. `breaks`: the changes it cannot be together with."""

    bad: bool
    told: float
    breaks: Set[int] = frozenset()
    arrives: float = 0.0
    lane: Lane = Lane.NORMAL


def tree(base: Branch, members: Sequence[int]) -> str:
    """What a merge of `members` onto the branch gives, in whatever order they are merged."""
    return hashlib.sha256(f"{base.commit} {sorted(members)}".encode()).hexdigest()


@dataclass
class World:
    """One history. `foreign`: pushes of others in a round; `broken`: the part of the merges that is wrong."""

    changes: Sequence[Change]
    flake: float
    chance: random.Random
    foreign: float = 0.0
    broken: float = 0.0
    branch: Branch = START
    landed: dict[int, float] = field(default_factory=dict)
    ejected: dict[int, float] = field(default_factory=dict)
    ejected_good: int = 0
    builds: int = 0
    rounds: int = 0
    faults: list[str] = field(default_factory=list)
    moved: int = 0
    caught: int = 0

    def good(self, members: Sequence[int]) -> bool:
        """What a build without flakes would say of these on the branch as it is."""
        held = set(members)
        there = held | self.landed.keys()
        return not any(self.changes[one].bad or self.changes[one].breaks & there for one in held)

    def test(self, members: Sequence[int]) -> bool:
        self.builds += 1
        return self.good(members) and self.chance.random() >= self.flake

    def waiting(self) -> list[int]:
        """Who has arrived and is not decided, in order."""
        return [
            one for one, change in enumerate(self.changes)
            if change.arrives <= self.rounds and one not in self.landed and one not in self.ejected
        ]  # fmt: skip

    def build(self, members: Sequence[int]) -> tuple[bool, str]:
        """Merge and judge: whether it is green, and the tree of it. A broken merge loses the last change."""
        merged = members[:-1] if self.broken and self.chance.random() < self.broken else members
        return self.test(merged), tree(self.branch, merged)

    def land(self, built: Built, tested: str) -> Publication:
        """Move the branch as the landing room does: merge once more, compare, compare-and-swap.

        DONE, MOVED where others were first, BARRED where the second merge differs. What must never happen is
        written down.
        """
        if tree(built.base, built.members) != tested:
            self.caught += 1
            return Publication.BARRED
        commit = f"{built.base.commit[:40]}+{tested[:12]}"
        verdict = decide(self.branch.commit, base=built.base.commit, commit=commit, ours=False, descends=True)
        if verdict is not Publication.GO:
            self.moved += 1
            return verdict
        if tree(self.branch, built.members) != tested:
            self.faults.append(f"round {self.rounds}: landed another tree than was tested")
        if not self.good(built.members):
            self.faults.append(f"round {self.rounds}: {built.members} made the branch red")
        self.enter(built.members)
        self.branch = Branch(commit, self.branch.height + len(built.members))
        return Publication.DONE

    def enter(self, members: Sequence[int]) -> None:
        for one in members:
            if one in self.landed or one in self.ejected:
                self.faults.append(f"round {self.rounds}: {one} landed twice")
            self.landed[one] = self.rounds + 1

    def eject(self, one: int) -> None:
        self.ejected[one] = self.rounds + 1
        self.ejected_good += self.good([one])

    def others_land(self) -> None:
        """Somebody may push to the branch past the queue: a good change, but nothing fits any more."""
        if self.foreign and self.chance.random() < self.foreign:
            self.branch = Branch(f"{self.branch.commit}~{self.rounds}", self.branch.height + 1)


def make(
    count: int, risk: float, chance: random.Random, *, flake: float, pair: float = 0.0005, near: int = 50,
    blind: bool = False, gap: float = 0.0, lanes: bool = False, foreign: float = 0.0, broken: float = 0.0,
) -> World:  # fmt: skip
    """A history of changes whose risks are Beta(0.5, .) around `risk`, told with an error of a factor 2.

    A change breaks with each of the `near` before it with probability `pair`. `blind`: every change is told
    the mean.
    """
    changes: list[Change] = []
    foes: list[set[int]] = [set() for _ in range(count)]
    clock = 0.0
    for at in range(count):
        own = chance.betavariate(0.5, 0.5 * (1 - risk) / risk)
        told = risk if blind else min(0.9, max(0.001, own * math.exp(chance.gauss(0, 0.7))))
        for one in range(max(0, at - near), at):
            if chance.random() < pair:
                foes[at].add(one)
                foes[one].add(at)
        clock += chance.expovariate(1 / gap) if gap else 0.0
        lane = chance.choices(list(Lane), (0.02, 0.9, 0.08))[0] if lanes else Lane.NORMAL
        changes.append(Change(chance.random() < own, told, foes[at], clock, lane))
    return World(changes, flake, chance, foreign, broken)


def ladder(world: World, slots: int, *, flake: float | None = None, pair: float = 0.0005) -> None:
    """Windlass: its plan, asked after every round; `flake` and `pair` are what it believes of its checks."""
    noise = Noise(max(0.005, world.flake if flake is None else flake), pair)
    means = Means(slots, noise, build_s=1.0)
    built: list[Built] = []
    trees: dict[Built, str] = {}
    since: dict[int, int] = {}
    while world.rounds < ROUNDS_MAX and (left := _next(world)):
        for one in left:
            since.setdefault(one, world.branch.height)
        queue = [
            Waiting(one, one, world.changes[one].told, since[one], world.changes[one].lane) for one in left
        ]
        todo = plan(queue, built, world.branch, means, landed=world.landed.keys())
        if todo.land:
            world.others_land()
            if world.land(todo.land, trees[todo.land]) is Publication.BARRED:
                built.remove(todo.land)  # what was judged is not what was meant: it says nothing
            built = [one for one in built if set(one.members) - world.landed.keys()]
            continue
        if todo.eject:
            for out in todo.eject:
                world.eject(out.id)
            built = [
                one for one in built if not set(one.members) <= world.landed.keys() | world.ejected.keys()
            ]
            continue
        at = world.branch
        for batch in todo.build:
            green, merged = world.build(batch)
            built.append(one := Built(at, batch, green))
            trees[one] = merged
        world.others_land()
        world.rounds += 1


def serial(world: World, slots: int) -> None:
    """One at a time, whatever the slots: bors without batches, or the merge button with required checks."""
    chain(world, 1)


def chain(world: World, slots: int) -> None:
    """GitHub's merge queue and Zuul: the first 1, 2, ... `slots` changes are tested, each on the last.

    What is before the first red one lands, the red one is thrown out, what is behind it is tested again.
    """
    while left := _next(world):
        line = left[:slots]
        green = [world.test(line[: at + 1]) for at in range(len(line))]
        world.rounds += 1
        red = green.index(False) if False in green else len(line)
        world.enter(line[:red])
        if red < len(line):
            world.eject(line[red])


def halving(world: World, slots: int, size: int = 16) -> None:
    """bors: one batch at a time; a red one is halved, and a red one of one change is thrown out."""
    stack: list[list[int]] = []
    while stack or _next(world):
        batch = stack.pop() if stack else world.waiting()[:size]
        green = world.test(batch)
        world.rounds += 1
        if green:
            world.enter(batch)
        elif len(batch) == 1:
            world.eject(batch[0])
        else:
            stack += [batch[len(batch) // 2 :], batch[: len(batch) // 2]]


def batches(world: World, slots: int, size: int = 5) -> None:
    """Mergify and Trunk: a chain of batches; the first red one is cut in two, and both parts go on in its
    place.
    """
    line: list[list[int]] = []
    while line or _next(world):
        held = {one for part in line for one in part}
        fresh = [one for one in world.waiting() if one not in held]
        line += [
            fresh[at : at + size] for at in range(0, max(0, (slots - len(line)) * size), size) if fresh[at:]
        ]
        tried = line[:slots]
        green = [world.test([one for part in tried[: at + 1] for one in part]) for at in range(len(tried))]
        world.rounds += 1
        red = green.index(False) if False in green else len(tried)
        for part in tried[:red]:
            world.enter(part)
        line = line[red:]
        if red < len(tried):
            first = line.pop(0)
            if len(first) == 1:
                world.eject(first[0])
            else:
                line = [first[: len(first) // 2], first[len(first) // 2 :], *line]


def _next(world: World) -> list[int]:
    """Who waits; where nobody does yet, time passes until somebody comes."""
    while world.rounds < ROUNDS_MAX and not (left := world.waiting()):
        if len(world.landed) + len(world.ejected) == len(world.changes):
            return []
        world.rounds += 1
    return left if world.rounds < ROUNDS_MAX else []


PEERS: dict[str, Callable[[World, int], None]] = {
    "serial": serial,
    "chain": chain,
    "halving": halving,
    "batch": batches,
}
