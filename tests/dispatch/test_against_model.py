"""The records against a pure model, on both databases, and the same test with each guard broken on purpose.

The model replays every token that was ever issued: what a worker without its lease may do is nothing.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from windlass.dispatch import Lease, Outcome, TaskStatus
from windlass.dispatch.aging import multiplier
from windlass.kernel import Conflict, FixedClock, WindlassError
from windlass.store import Database, SqliteDatabase, open_database

S = TaskStatus
ENDED = (S.COMPLETED, S.FAILED, S.CANCELLED)
TABLES = "wl_lease, wl_attempt, wl_submission, wl_message, wl_dep, wl_event, wl_task, wl_lane"


@dataclass
class Model:
    """What a task should be."""

    cls: int
    lane: str
    ready_at: float
    attempts_max: int
    needs: frozenset[int]
    status: TaskStatus = S.PENDING
    attempt: int = 0
    fence: int = 0
    unmet: int = 0


class Wrapped:
    """A transaction that rewrites statements: how a guard is broken without touching the code."""

    def __init__(self, tx: Any, old: str, new: str) -> None:
        self._tx, self._old, self._new = tx, old, new

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._tx, name)
        if name not in ("row", "rows", "execute", "scalar"):
            return found
        return lambda sql, **values: self._call(found, sql, values)

    def _call(self, found: Any, sql: str, values: dict[str, Any]) -> Any:
        text = sql.replace(self._old, self._new)
        return found(text, **{name: value for name, value in values.items() if f":{name}" in text})


class Broken:
    """A database whose statements hold `new` where they should hold `old`."""

    def __init__(self, database: Database, old: str, new: str) -> None:
        self._database, self._old, self._new = database, old, new

    def write(self, work: Callable[[Any], Any]) -> Any:
        return self._database.write(lambda tx: work(Wrapped(tx, self._old, self._new)))

    def read(self, work: Callable[[Any], Any]) -> Any:
        return self._database.read(work)


def machine(database: Any, clock: FixedClock, desk_of: type) -> type[RuleBasedStateMachine]:
    class Life(RuleBasedStateMachine):
        compared = 0

        def __init__(self) -> None:
            super().__init__()
            for table in TABLES.split(", "):
                database.write(lambda tx, table=table: tx.execute(f"DELETE FROM {table}"))
            self.desk = desk_of(database)
            self.tasks: dict[int, Model] = {}
            self.leases: dict[int, Lease] = {}
            self.tokens: list[Lease] = []
            self.passes: dict[str, float] = {}
            self.numbers: dict[str, int] = {}

        @rule(
            lane=st.sampled_from("aaab"), wsjf=st.sampled_from([1, 1.2, 1.8]), most=st.integers(1, 3),
            needs=st.lists(st.integers(0, 20), max_size=3),
        )  # fmt: skip
        def add(self, lane: str, wsjf: float, most: int, needs: list[int]) -> None:
            ids = sorted(self.tasks)
            parents = frozenset(ids[n % len(ids)] for n in needs) if ids else frozenset()
            task_id = self.desk.file(lane=lane, wsjf=wsjf, attempts_max=most, needs=tuple(parents))
            self.numbers.setdefault(lane, self.desk.task(task_id).lane)
            unmet = sum(self.tasks[parent].status is not S.COMPLETED for parent in parents)
            self.tasks[task_id] = Model(int(wsjf * 1000), lane, clock(), most, parents, unmet=unmet)

        @rule(lanes=st.sampled_from(["a", "b", "ab"]))
        def claim(self, lanes: str) -> None:
            ready = {
                task_id: task.cls * multiplier(clock() - task.ready_at)
                for task_id, task in self.tasks.items()
                if task.status is S.PENDING and not task.unmet and task.lane in lanes
            }
            found = self.desk.claim(lanes=tuple(lanes))
            assert (found is None) == (not ready), "a ready task was not found, or one that is not ready was"
            if found is None:
                return
            claimed, lease = found
            assert claimed.id in ready, "a task was claimed that is not ready"
            task = self.tasks[claimed.id]
            best = max(score for task_id, score in ready.items() if self.tasks[task_id].lane == task.lane)
            assert ready[claimed.id] == pytest.approx(best), "not the best task of its lane"
            self._braided(lanes, {self.tasks[task_id].lane for task_id in ready}, task.lane)
            task.status, task.attempt, task.fence = S.IN_PROGRESS, task.attempt + 1, task.fence + 1
            assert lease.fence == task.fence
            self.leases[claimed.id] = lease
            self.tokens.append(lease)

        @precondition(lambda self: self.tokens)
        @rule(
            pick=st.integers(0, 1000),
            act=st.sampled_from(["renew", "submit", "say", "nothing", "cannot", "failed"]),
        )
        def worker(self, pick: int, act: str) -> None:
            token = self.tokens[pick % len(self.tokens)]
            current = self.leases.get(token.task_id)
            live = current is not None and current.fence == token.fence and clock() < current.expires_at
            calls: dict[str, Callable[[], object]] = {
                "renew": lambda: self.desk.renew(token), "submit": lambda: self.desk.submit(token),
                "say": lambda: self.desk.say(token, "hello"),
                "nothing": lambda: self.desk.give_up(token, Outcome.NOTHING, retry=False),
                "cannot": lambda: self.desk.give_up(token, Outcome.CANNOT, retry=False),
                "failed": lambda: self.desk.give_up(token, Outcome.FAILED, retry=True),
            }  # fmt: skip
            assert _worked(calls[act]) == live, (
                f"{act} with fence {token.fence}: {'live' if live else 'stale'}"
            )
            if not live or act == "say":
                return
            if act == "renew":
                self.leases[token.task_id] = Lease(
                    token.task_id, token.fence, token.worker, "n1", clock() + 300
                )
                return
            del self.leases[token.task_id]
            task = self.tasks[token.task_id]
            ends = {"submit": S.REVIEW_NEEDED, "nothing": S.COMPLETED, "cannot": S.BLOCKED}
            task.status = ends.get(act) or self._setback(task)
            if task.status is S.COMPLETED:
                self._completed(token.task_id)

        @precondition(lambda self: self.tasks)
        @rule(
            pick=st.integers(0, 1000), back=st.integers(0, 2),
            act=st.sampled_from(["complete", "complete", "reject", "block"]),
        )  # fmt: skip
        def verdict(self, pick: int, back: int, act: str) -> None:
            judged = [task_id for task_id, task in self.tasks.items() if task.status is S.REVIEW_NEEDED]
            choice = judged if judged and pick % 3 else sorted(self.tasks)
            task_id = choice[pick % len(choice)]
            task = self.tasks[task_id]
            fence = task.fence - back
            legal = task.status is S.REVIEW_NEEDED and back == 0
            call = getattr(self.desk, act)
            assert _worked(lambda: call(task_id, fence)) == legal, f"{act} at fence {fence} of {task}"
            if not legal:
                return
            task.status = {"complete": S.COMPLETED, "block": S.BLOCKED}.get(act) or self._setback(task)
            if task.status is S.COMPLETED:
                self._completed(task_id)

        @precondition(lambda self: self.tasks)
        @rule(pick=st.integers(0, 1000), act=st.sampled_from(["cancel", "requeue", "unblock"]))
        def operator(self, pick: int, act: str) -> None:
            task_id = sorted(self.tasks)[pick % len(self.tasks)]
            task = self.tasks[task_id]
            from_ = {
                "cancel": [s for s in S if s not in ENDED], "requeue": [S.IN_PROGRESS, S.REVIEW_NEEDED, S.BLOCKED],  # noqa: E501
                "unblock": [S.BLOCKED],
            }  # fmt: skip
            call = getattr(self.desk, act)
            assert _worked(lambda: call(task_id)) == (task.status in from_[act]), f"{act} of {task}"
            if task.status in from_[act]:
                task.status = S.CANCELLED if act == "cancel" else S.PENDING
                task.fence += 1
                self.leases.pop(task_id, None)

        @rule(seconds=st.sampled_from([1, 200, 300, 90_000, 3_000_000]))
        def wait(self, seconds: int) -> None:
            clock.advance(seconds)

        @rule()
        def sweep(self) -> None:
            lost = [task_id for task_id, lease in self.leases.items() if lease.expires_at <= clock()]
            assert sorted(self.desk.sweep()) == sorted(lost)
            for task_id in lost:
                task = self.tasks[task_id]
                task.status, task.fence = self._setback(task), task.fence + 1
                del self.leases[task_id]

        @invariant()
        def the_database_agrees(self) -> None:
            Life.compared += 1
            def look(tx: Any) -> tuple[Sequence[Any], Sequence[Any]]:
                tasks = tx.rows("SELECT id, status, attempt, fence, unmet, ready_at FROM wl_task")
                return tasks, tx.rows("SELECT task_id, fence, expires_at FROM wl_lease")

            rows, leases = database.read(look)
            assert {
                r["id"]: (r["status"], r["attempt"], r["fence"], r["unmet"], r["ready_at"]) for r in rows
            } == {i: (t.status.value, t.attempt, t.fence, t.unmet, t.ready_at) for i, t in self.tasks.items()}
            assert {r["task_id"]: (r["fence"], r["expires_at"]) for r in leases} == {
                i: (lease.fence, lease.expires_at) for i, lease in self.leases.items()
            }

        def _braided(self, lanes: str, competing: set[str], served: str) -> None:
            """The lowest pass goes first; the number of a lane decides between equal ones."""
            if len(lanes) == 1:
                return
            turn = min(competing, key=lambda lane: (self.passes.get(lane, 0.0), self.numbers[lane]))
            assert served == turn, f"it was the turn of {turn}: {self.passes}"
            furthest = max(self.passes.get(lane, 0.0) for lane in competing)
            self.passes[served] = max(self.passes.get(served, 0.0), furthest - 1.0) + 1.0

        def _setback(self, task: Model) -> TaskStatus:
            return S.FAILED if task.attempt >= task.attempts_max else S.PENDING

        def _completed(self, task_id: int) -> None:
            for other in self.tasks.values():
                if task_id in other.needs:
                    other.unmet -= 1
                    other.ready_at = other.ready_at if other.unmet else clock()

    return Life


def _worked(call: Callable[[], object]) -> bool:
    try:
        call()
    except Conflict:
        return False
    return True


def check(database: Any, clock: FixedClock, desk_of: type, *, examples: int, shrink: bool = True) -> int:
    """Live through the examples; how often model and database were compared, and agreed."""
    phases, life = tuple(Phase) if shrink else (Phase.generate,), machine(database, clock, desk_of)
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=examples, stateful_step_count=40, deadline=None, derandomize=True, database=None,
            phases=phases, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    return int(life.compared)


@contextlib.contextmanager
def in_memory(migrated: bytes) -> Iterator[tuple[Database, FixedClock]]:
    clock = FixedClock()
    database = open_database("sqlite://", clock=clock)
    assert isinstance(database, SqliteDatabase)
    database.restore(migrated)
    yield database, clock
    database.close()


def test_sqlite_agrees_with_the_model(migrated: bytes, desk_of: type) -> None:
    with in_memory(migrated) as (database, clock):
        assert check(database, clock, desk_of, examples=120) > 120


@pytest.mark.postgres
def test_postgresql_agrees_with_the_model(postgres: Database, clock: FixedClock, desk_of: type) -> None:
    assert check(postgres, clock, desk_of, examples=25) > 25


GUARDS = {
    "the lease must not be expired when it is held": (" AND worker = :worker AND expires_at > :now", ""),
    "the fence of the lease must be ours": (
        "task_id = :id AND fence = :fence AND worker",
        "task_id = :id AND worker",
    ),
    "only expired leases are swept": ("WHERE expires_at <= :now OR", "WHERE 1 = 1 OR"),
    "a verdict names the fence": ("AND status = :old AND fence = :fence", "AND status = :old"),
    "a verdict names the status": ("AND status = :old AND fence = :fence", "AND fence = :fence"),
    "the fence grows on expiry, cancel and requeue": ("fence = fence + :grow", "fence = fence"),
    "the fence grows on claim": ("status = 'in_progress', fence = fence + 1,", "status = 'in_progress',"),
    "an attempt is counted on claim": ("attempt = attempt + 1", "attempt = attempt"),
    "what waits for others is not claimed": ("x.status = 'pending' AND x.unmet = 0", "x.status = 'pending'"),
    "a completion is told to those who wait": ("SET unmet = unmet - 1", "SET unmet = unmet"),
    "the lanes are kept apart": ("AND x.lane = l.value", ""),
    "age counts": ("THEN 2.0 ELSE", "THEN 1.0 ELSE"),
    "a lease ends with its attempt": (
        "DELETE FROM wl_lease WHERE task_id = :id AND fence = :fence",
        "SELECT :id, :fence",
    ),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_the_model_notices_a_broken_guard(guard: str, migrated: bytes, desk_of: type) -> None:
    old, new = GUARDS[guard]
    with in_memory(migrated) as (database, clock), pytest.raises(Exception) as failed:  # noqa: PT011 - see below
        check(Broken(database, old, new), clock, desk_of, examples=4000, shrink=False)
    # An AssertionError of the model, or the database or a room refusing what the broken guard let through.
    noticed = isinstance(failed.value, WindlassError) or "constraint" in str(failed.value).lower()
    assert noticed or "assert" in repr(failed.value).lower(), repr(failed.value)
