"""The late worker, 2,000 times: one thread, virtual time, every life from a seed.

A worker whose lease expired, was cancelled or requeued does all it can think of: it renews, talks, gives up,
submits, pushes its branch by force over the new worker's branch. It changes nothing: not the task, not its
messages, not the pinned commit, not main.
"""

import random
from collections.abc import Callable
from typing import Any

import pytest
from tests.sim.breaking import writing

from windlass.dispatch import Lease, LeaseLost, Outcome, Spec, Submission, TaskStatus, records
from windlass.kernel import Conflict, FixedClock, Invalid
from windlass.store import SqliteDatabase, Started, Transaction, open_database
from windlass.workspace import Author, Moved
from windlass.workspace.memory import MemoryRefs
from windlass.workspace.model import Merged

SEEDS = 2_000
STEPS = 60
MAIN = "refs/heads/main"
AUTHOR = Author("windlass", "windlass@localhost")


class Plant:
    """One repository, a few tasks, workers that come late, operators, a verifier and a lander."""

    def __init__(self, database: SqliteDatabase, clock: FixedClock, seed: int) -> None:
        self.database, self.clock, self.random = database, clock, random.Random(seed)
        self.refs, self.started = MemoryRefs(), Started()
        first = self.refs.commit(self.refs.write_tree({"a.py": b"0"}), [], "first", AUTHOR, clock())
        self.refs.set_ref(MAIN, first, expected=None)
        self.leases: list[Lease] = []
        self.results: dict[tuple[int, int], str] = {}
        self.accepted: dict[tuple[int, int], str] = {}
        self.landed: list[tuple[int, int]] = []
        self.refused = 0
        self.tasks = [self._file(number) for number in range(3)]

    def write(self, work: Callable[[Transaction], Any]) -> Any:
        return self.database.write(work)

    def _file(self, number: int) -> int:
        spec = Spec("sim", (f"{number}.py",))
        return int(
            self.write(
                lambda tx: records.add_task(
                    tx, repository_id=1, item_id=None, lane=1, kind="fix", title="t", spec=spec, wsjf=2.0,
                    base="0" * 40, now=tx.now(), attempts_max=50,
                )
            )
        )  # fmt: skip

    def claim(self) -> None:
        worker = self.random.choice(["w1", "w2", "w3"])
        found = self.write(lambda tx: records.claim(tx, [1], worker, "n1", tx.now()))
        if found is not None:
            self.leases.append(found[1])
            self._push(found[1])

    def _push(self, lease: Lease) -> None:
        """Somebody's work on the branch of a lease, by force; branches are nobody's proof."""
        main = self.refs.ref(MAIN)
        assert main is not None
        who = f"{lease.task_id}.{lease.fence}.{self.random.random()}"
        tree = self.refs.write_tree({**self.refs.files(main), f"{lease.task_id}.py": who.encode()})
        commit = self.refs.commit(tree, [main], who, AUTHOR, self.clock())
        branch = f"refs/heads/{lease.branch}"
        self.refs.set_ref(branch, commit, expected=self.refs.ref(branch))
        self.results[lease.task_id, lease.fence] = commit

    def act(self) -> None:
        """A worker acts on any lease that was ever given out."""
        if not self.leases:
            return
        lease = self.random.choice(self.leases)
        live = self._live(lease)
        before = None if live else self._state(lease.task_id)
        acts = [self._renew, self._say, self._submit, self._give_up, self._push_over_the_new_branch]
        try:
            self.random.choice(acts)(lease)
        except LeaseLost:
            assert not live, f"{lease} is alive and was refused"
            self.refused += 1
        else:
            assert live or before == self._state(lease.task_id), f"{lease} is late and changed something"

    def _live(self, lease: Lease) -> bool:
        rows = self.database.read(
            lambda tx: tx.rows(
                "SELECT fence, worker, expires_at FROM wl_lease WHERE task_id = :id", id=lease.task_id
            )
        )
        return any(r["fence"] == lease.fence and r["expires_at"] > self.clock() for r in rows)

    def _state(self, task_id: int) -> object:
        def look(tx: Transaction) -> object:
            return (
                tx.rows("SELECT * FROM wl_task WHERE id = :id", id=task_id),
                tx.rows("SELECT * FROM wl_lease WHERE task_id = :id", id=task_id),
                tx.rows("SELECT * FROM wl_message WHERE task_id = :id", id=task_id),
                tx.rows("SELECT * FROM wl_submission WHERE task_id = :id", id=task_id),
                tx.scalar("SELECT count(*) FROM wl_event WHERE task_id = :id", id=task_id),
            )

        pins = {name: oid for name, oid in self.refs.references.items() if name.startswith("refs/windlass/")}
        return self.database.read(look), pins, self.refs.ref(MAIN), dict(self.started.keys)

    def _renew(self, lease: Lease) -> None:
        self.write(lambda tx: records.renew(tx, lease, tx.now()))

    def _say(self, lease: Lease) -> None:
        self.write(lambda tx: records.say(tx, records.hold(tx, lease, tx.now()), "progress", "hi", tx.now()))

    def _give_up(self, lease: Lease) -> None:
        def work(tx: Transaction) -> None:
            records.give_up(tx, records.hold(tx, lease, tx.now()), Outcome.FAILED, "x", tx.now(), retry=True)

        self.write(work)

    def _submit(self, lease: Lease) -> None:
        """As the worker does: look, pin what was made, submit; time may pass between pinning and
        submitting.
        """
        commit = self.results[lease.task_id, lease.fence]
        self.write(lambda tx: records.hold(tx, lease, tx.now()))
        try:
            self.refs.set_ref(lease.pin, commit, expected=None)
        except Moved:
            commit = self.refs.ref(lease.pin) or ""
        if self.random.random() < 0.2:
            self.clock.advance(self.random.choice([1, 400]))
            self._sweep()
        tree = self.refs.tree_of(commit)
        offer = Submission(
            lease.task_id, lease.fence, commit, tree, "0" * 40, (f"{lease.task_id}.py",), 1, "none"
        )
        try:
            self.write(
                lambda tx: records.submit(
                    tx, records.hold(tx, lease, tx.now()), offer, self.started, tx.now()
                )
            )
        except LeaseLost:
            self.refused += 1
            return
        self.accepted[lease.task_id, lease.fence] = commit

    def _push_over_the_new_branch(self, lease: Lease) -> None:
        newest = max((x for x in self.leases if x.task_id == lease.task_id), key=lambda x: x.fence)
        pushed = self.results[newest.task_id, newest.fence]
        self._push(newest)
        self.results[newest.task_id, newest.fence] = pushed  # its own worker knows nothing of it

    def operate(self) -> None:
        task_id = self.random.choice(self.tasks)
        call = self.random.choice([records.cancel, records.requeue, records.requeue, records.unblock])
        try:
            self.write(lambda tx: call(tx, task_id, "ada", "because", tx.now()))
        except Conflict:
            return
        if self.random.random() < 0.5 and self._status(task_id) is TaskStatus.CANCELLED:
            self.tasks.append(self._file(len(self.tasks)))

    def judge(self) -> None:
        """A verdict about any submission, old ones too; what is accepted lands, by its pin and nothing
        else.
        """
        if not self.accepted:
            return
        task_id, fence = self.random.choice(list(self.accepted))
        if self.random.random() < 0.3:
            self._decide(lambda tx: records.reject(tx, task_id, fence, "no", tx.now()))
            return
        main = self.refs.ref(MAIN)
        pinned = self.refs.ref(f"refs/windlass/submissions/{task_id}/{fence}")
        assert pinned == self.accepted[task_id, fence], "the pin is not what was submitted"
        assert main is not None
        merged = self.refs.merge(None, main, pinned)
        if not isinstance(merged, Merged):
            self._decide(lambda tx: records.reject(tx, task_id, fence, "conflict", tx.now()))
            return
        if self._decide(lambda tx: records.complete(tx, task_id, fence, tx.now())):
            commit = self.refs.commit(merged.tree, [main], f"{task_id}.{fence}", AUTHOR, self.clock())
            self.refs.set_ref(MAIN, commit, expected=main)
            self.landed.append((task_id, fence))

    def _decide(self, work: Callable[[Transaction], object]) -> bool:
        try:
            self.write(work)
        except Conflict:
            return False
        return True

    def wait(self) -> None:
        self.clock.advance(self.random.choice([1, 60, 200, 301]))

    def _sweep(self) -> None:
        self.write(lambda tx: records.sweep(tx, tx.now()))

    def _status(self, task_id: int) -> TaskStatus:
        return self.database.read(lambda tx: records.task(tx, task_id)).status

    def run(self, steps: int) -> None:
        acts = [
            self.claim,
            self.act,
            self.act,
            self.act,
            self.operate,
            self.judge,
            self.judge,
            self.wait,
            self._sweep,
        ]
        for _ in range(steps):
            self.random.choice(acts)()
        self.check()

    def check(self) -> None:
        """What is on main was submitted under the newest fence of its task, once."""
        assert len({task for task, _ in self.landed}) == len(self.landed), "a task landed twice"
        main = self.refs.ref(MAIN)
        assert main is not None
        for task_id, fence in self.landed:
            newest = max(lease.fence for lease in self.leases if lease.task_id == task_id)
            assert fence == newest, f"task {task_id} landed fence {fence}, the newest is {newest}"
            content = self.refs.files(self.accepted[task_id, fence])[f"{task_id}.py"]
            assert self.refs.files(main)[f"{task_id}.py"] == content, "main holds what nobody submitted"
            assert content.startswith(f"{task_id}.{fence}.".encode())


def play(migrated: bytes, seeds: range, breaking: tuple[str, str] | None = None) -> tuple[int, int]:
    """Run the plant from each seed; how many late acts were refused and how many tasks landed."""
    clock = FixedClock()
    database = open_database("sqlite://", clock=clock)
    assert isinstance(database, SqliteDatabase)
    refused = landed = 0
    for seed in seeds:
        database.restore(migrated)
        plant = Plant(database, clock, seed)
        if breaking:
            plant.write = writing(database, *breaking)
        try:
            plant.run(STEPS)
        except (
            AssertionError,
            Invalid,
        ) as error:  # Invalid: the caller mixed up leases, which nothing may cause
            raise AssertionError(f"seed {seed}: {error}") from error
        refused, landed = refused + plant.refused, landed + len(plant.landed)
    database.close()
    return refused, landed


def test_a_late_worker_changes_nothing_over_2000_seeds(migrated: bytes) -> None:
    refused, landed = play(migrated, range(SEEDS))
    assert refused > SEEDS, "the simulation hardly ever met a late worker"
    assert landed > SEEDS / 4, "the simulation hardly ever landed anything"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("AND worker = :worker AND expires_at > :now", "AND worker = :worker AND :now > 0"),
        (
            "task_id = :id AND fence = :fence AND worker = :worker",
            "task_id = :id AND :fence > 0 AND :worker <> ''",
        ),
        ("AND status = :old AND fence = :fence", "AND status = :old AND :fence >= 0"),
    ],
    ids=["expiry", "fence of the lease", "fence of the verdict"],
)
def test_the_simulation_notices_a_missing_guard(migrated: bytes, old: str, new: str) -> None:
    with pytest.raises(AssertionError, match="seed"):
        play(migrated, range(SEEDS), (old, new))
