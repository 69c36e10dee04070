"""Lanes, limits, touches and instances, 600 lives from a seed: one thread, virtual time.

Instances register, beat, fall silent, return, drain and leave; tasks with skills and touched files come and
go; leases are lost. What must hold is checked after every claim from what the test itself has counted.
"""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from tests.sim.breaking import writing

from windlass import fleet
from windlass.dispatch import Lease, LeaseLost, Outcome, Spec, TaskStatus, match_up, records
from windlass.dispatch.braid import waits_at_most
from windlass.dispatch.globs import overlap
from windlass.dispatch.records import grounds
from windlass.fleet import Standing
from windlass.kernel import Conflict, FixedClock
from windlass.store import SqliteDatabase, Transaction, open_database

SEEDS, STEPS = 600, 70
LANES = {"a": (None, 1.0), "b": (2, 2.0), "c": (1, 0.5)}
NAMES = ("x", "y", "z")
TOUCHES = ("src/**", "src/a.py", "src/b.py", "docs/*", "docs/a.md", "*/a.py")
AT_WORK = (TaskStatus.IN_PROGRESS, TaskStatus.REVIEW_NEEDED)


class Floor:
    """A repository with lanes, and a fleet that is not always there."""

    def __init__(self, database: SqliteDatabase, clock: FixedClock, seed: int) -> None:
        self.database, self.clock, self.random = database, clock, random.Random(seed)
        self.touches: dict[int, tuple[str, ...]] = {}
        self.leases: list[Lease] = []
        self.waited: Counter[int] = Counter()
        self.heard: dict[str, float] = {}
        self.matched = self.held_back = self.claimed = 0
        self.lanes = {
            name: self.write(
                lambda tx, name=name, limit=limit, weight=weight: records.lanes.change(
                    tx, 1, name, tx.now(), limit=limit, weight=weight, by="sim"
                )
            ).id
            for name, (limit, weight) in LANES.items()
        }
        for name in NAMES:
            self.join(name)

    def write(self, work: Callable[[Transaction], Any]) -> Any:
        return self.database.write(work)

    def join(self, name: str) -> None:
        skills = {skill: self.random.choice([0.2, 1.0]) for skill in self.random.sample(["p", "q"], 1)}
        capacity = self.random.choice([1, 2, 3])
        self.write(
            lambda tx: fleet.register(
                tx, name, tx.now(), kind="sim", host="h", skills=skills, capacity=capacity, beat_every_s=10.0
            )
        )
        self.heard[name] = self.clock()

    def file(self) -> None:
        touches = tuple(self.random.sample(TOUCHES, self.random.choice([0, 0, 1, 2])))
        lane, skills = self.random.choice(list(self.lanes)), self.random.choice([(), ("p",), ("q",)])

        def work(tx: Transaction) -> int:
            task = records.add_task(
                tx, repository_id=1, item_id=None, lane=self.lanes[lane], kind="fix", title="t",
                spec=Spec("sim", ("x.py",)), wsjf=self.random.choice([1.0, 2.0, 5.0]), base="0" * 40,
                now=tx.now(), attempts_max=50, touches=touches, skills=skills,
            )  # fmt: skip
            grounds.look(tx, 1, tx.now())
            return task

        self.touches[self.write(work)] = touches

    def claim(self) -> None:
        name = self.random.choice(NAMES)
        before = self.open_lanes(name)
        found = self.write(
            lambda tx: records.claim(
                tx, list(self.lanes.values()), f"{name}/1", "n", tx.now(), ttl_s=60.0, instance=name
            )
        )
        if found is None:
            assert not before, f"{name} got nothing, though {before} are open"
            return
        task, lease = found
        self.claimed += 1
        self.leases.append(lease)
        weights = {self.lanes[lane]: weight for lane, (_, weight) in LANES.items()}
        for lane in weights:
            self.waited[lane] = self.waited[lane] + 1 if lane in before and lane != task.lane else 0
            assert self.waited[lane] <= waits_at_most(weights, lane), f"lane {lane} starves"
        self.check(name)

    def open_lanes(self, name: str) -> set[int]:
        """Lanes that this instance could be served from, counted without the code under test."""
        who = self.database.read(lambda tx: fleet.instance(tx, name))
        held = [lease for lease in self.on_record() if lease.worker.startswith(f"{name}/")]
        if who.state is not fleet.InstanceState.LIVE or len(held) >= who.capacity:
            return set()
        kept = self.database.read(lambda tx: records.matches.kept_for(tx, name, tx.now())).others
        tasks = self.database.read(lambda tx: records.tasks(tx, 1))
        leased = {lease.task_id for lease in self.on_record()}
        full = Counter(task.lane for task in tasks if task.id in leased)
        limits = {self.lanes[lane]: limit for lane, (limit, _) in LANES.items()}
        return {
            task.lane
            for task in tasks
            if task.status is TaskStatus.PENDING and not task.unmet and task.id not in kept
            if limits[task.lane] is None or full[task.lane] < limits[task.lane]
        }

    def on_record(self) -> list[Lease]:
        return self.database.read(records.leases)

    def check(self, name: str) -> None:
        """Limits, capacity, and files: from the books, not from the code that keeps them."""
        leases = self.on_record()
        tasks = {task.id: task for task in self.database.read(lambda tx: records.tasks(tx, 1))}
        held = Counter(tasks[lease.task_id].lane for lease in leases)
        for lane, (limit, _) in LANES.items():
            assert limit is None or held[self.lanes[lane]] <= limit, f"lane {lane} holds {held}"
        who = self.database.read(lambda tx: fleet.instance(tx, name))
        mine = sum(lease.worker.startswith(f"{name}/") for lease in leases)
        assert mine <= who.capacity, f"{name} holds {mine}"
        busy = [task.id for task in tasks.values() if task.status in AT_WORK and self.touches[task.id]]
        for one in busy:
            for other in busy:
                if one < other:
                    assert not overlap(self.touches[one], self.touches[other]), f"{one} and {other} at once"

    def end(self) -> None:
        if not self.leases:
            return
        lease = self.random.choice(self.leases)
        outcome = self.random.choice([Outcome.NOTHING, Outcome.FAILED, Outcome.CANNOT])

        def work(tx: Transaction) -> None:
            records.give_up(tx, records.hold(tx, lease, tx.now()), outcome, "x", tx.now(), retry=True)

        try:
            self.write(work)
        except LeaseLost:
            return

    def operate(self) -> None:
        if not self.touches:
            return
        task = self.random.choice(list(self.touches))
        call = self.random.choice([records.unblock, records.unblock, records.requeue, records.cancel])
        try:
            self.write(lambda tx: call(tx, task, "ada", "because", tx.now()))
        except Conflict:
            return

    def beat(self) -> None:
        names = [name for name in NAMES if self.random.random() < 0.6]
        found = self.write(lambda tx: fleet.beat(tx, names, tx.now()))
        self.heard |= dict.fromkeys(found.known, self.clock())
        for name in found.unknown:
            self.join(name)

    def turn(self) -> None:
        name = self.random.choice(NAMES)
        call: Any = self.random.choice(
            [
                lambda tx: fleet.drain(tx, name, tx.now(), actor="ada"),
                lambda tx: fleet.resume(tx, name, tx.now(), actor="ada"),
                lambda tx: fleet.leave(tx, name, tx.now()),
            ]
        )
        try:
            self.write(call)
        except Conflict:
            return

    def tick(self) -> None:
        self.write(lambda tx: records.sweep(tx, tx.now()))
        self.held_back += len(self.write(lambda tx: grounds.look(tx, 1, tx.now())).held_back)
        self.matched += len(self.write(lambda tx: match_up(tx, 1, tx.now())))
        alive = {lease.worker for lease in self.on_record() if lease.expires_at > self.clock()}
        for name in self.write(lambda tx: records.roster.bury_silent(tx, tx.now())):
            assert self.clock() - self.heard[name] >= 50.0, f"{name} was heard lately and is called dead"
            assert f"{name}/1" not in alive, f"{name} holds a living lease and is called dead"
        for one in self.database.read(lambda tx: records.roster.members(tx, tx.now())):
            quiet = self.clock() - one.instance.beat
            if one.standing is Standing.ALIVE:
                assert quiet <= 20.0

    def wait(self) -> None:
        self.clock.advance(self.random.choice([1, 5, 15, 61]))

    def run(self) -> None:
        acts = [self.file, self.file, self.claim, self.claim, self.claim, self.end, self.end, self.operate]
        acts += [self.beat, self.turn, self.tick, self.tick, self.wait]
        for _ in range(STEPS):
            self.random.choice(acts)()


def play(migrated: bytes, seeds: range, breaking: tuple[str, str] | None = None) -> Counter[str]:
    """Run the floor from each seed; what happened how often."""
    seen: Counter[str] = Counter()
    for seed in seeds:
        clock = FixedClock()
        database = open_database("sqlite://", clock=clock)
        assert isinstance(database, SqliteDatabase)
        database.restore(migrated)
        floor = Floor(database, clock, seed)
        if breaking:
            floor.write = writing(database, *breaking)
        try:
            floor.run()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
        finally:
            database.close()
        seen += Counter(claimed=floor.claimed, matched=floor.matched, held_back=floor.held_back)
    return seen


def test_limits_files_and_standing_hold_over_600_seeds(migrated: bytes) -> None:
    seen = play(migrated, range(SEEDS))
    assert seen["claimed"] > SEEDS * 4, seen
    assert seen["matched"] > SEEDS / 2, seen
    assert seen["held_back"] > SEEDS / 4, seen


GUARDS = {
    "a lane's limit": ("SELECT s.lane, count(*) AS held", "SELECT s.lane, 0 AS held"),
    "an instance's capacity": (
        "SELECT count(*) FROM wl_lease WHERE worker",
        "SELECT 0 * count(*) FROM wl_lease WHERE worker",
    ),
    "a blocked task returns held back": (
        "UPDATE wl_task SET unmet = unmet + 1 WHERE id = :id AND EXISTS",
        "UPDATE wl_task SET unmet = unmet WHERE id = :id AND EXISTS",
    ),
    "what is held back is not claimed": ("x.status = 'pending' AND x.unmet = 0", "x.status = 'pending'"),
    "a pass moves on": (
        "UPDATE wl_lane SET pass = :passed WHERE id = :id",
        "UPDATE wl_lane SET pass = 0 * :passed WHERE id = :id",
    ),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_the_simulation_notices_a_missing_guard(migrated: bytes, guard: str) -> None:
    with pytest.raises(AssertionError, match="seed"):
        play(migrated, range(SEEDS), GUARDS[guard])
