"""Budgets against a model: no order of claims, crashes, answers and days begins a turn over its budget."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from tests.dispatch.test_against_model import Broken, in_memory
from tests.meter.test_model import exchange

from windlass import dispatch, policy
from windlass.dispatch import Lease, Outcome, overspent
from windlass.dispatch.budget import Budget, Counter
from windlass.kernel import FixedClock, WindlassError
from windlass.meter import Account, DurableLedger
from windlass.store import Database

C = Counter
TASK, AGENT, DAY = 3, 4, 6
REQUESTS = 2
BUDGET = Budget(
    task=((C.TURNS, TASK), (C.REQUESTS, REQUESTS)),
    agent_day=((C.TURNS, AGENT),),
    repository_day=((C.TURNS, DAY),),
)
TABLES = "wl_lease wl_attempt wl_submission wl_dep wl_event wl_task wl_lane wl_spend wl_extension wl_decision"
ROOM = {"extend": 1, "extend-twice": 2, "stop": 0, "wait-until-tomorrow": 0}


def machine(database: Database, clock: FixedClock, desk_of: type) -> type[RuleBasedStateMachine]:
    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            for table in TABLES.split():
                database.write(lambda tx, table=table: tx.execute(f"DELETE FROM {table}"))
            self.desk = desk_of(database)
            self.lane: dict[int, str] = {}
            self.leases: list[Lease] = []
            self.used: dict[Any, int] = {}
            self.limit: dict[Any, int] = {}

        def left(self, key: Any, usual: int) -> int:
            return self.limit.get(key, usual) - self.used.get(key, 0)

        def keys(self, task: int) -> list[tuple[Any, int]]:
            day, lane = int(clock() // 86_400), self.lane[task]
            of_task = [((task, "turns"), TASK), ((task, "requests"), REQUESTS)]
            return [*of_task, ((day, lane), AGENT), ((day, ""), DAY)]

        @rule(lane=st.sampled_from("ab"))
        def file(self, lane: str) -> None:
            self.lane[self.desk.file(runner=lane, attempts_max=99)] = lane

        @rule(lanes=st.sampled_from(["a", "b", "ab"]))
        def claim(self, lanes: str) -> None:
            def work(tx: Any) -> Any:
                ids = [dispatch.lane_id(tx, 1, lane) for lane in lanes]
                return dispatch.claim(tx, ids, "w", "n1", tx.now(), budgets=((1, BUDGET),))

            able = {
                task for task, lane in self.lane.items()
                if lane in lanes and self.desk.status(task).value == "pending"
                and all(self.left(key, usual) > 0 for key, usual in self.keys(task))
            }  # fmt: skip
            found = database.write(work)
            assert (found is None) == (not able), "a turn was refused that had room, or nobody was"
            if found is not None:
                assert found[0].id in able, "a turn began over its budget"
                self.leases.append(found[1])
                for key, _ in self.keys(found[0].id):
                    self.used[key] = self.used.get(key, 0) + (key[1] != "requests")

        @precondition(lambda self: self.leases)
        @rule(pick=st.integers(0, 99))
        def spend(self, pick: int) -> None:
            lease = self.leases[pick % len(self.leases)]
            account = Account(1, lease.task_id, lease.fence, self.lane[lease.task_id])
            DurableLedger(database, account).charge(exchange())
            self.used[lease.task_id, "requests"] = self.used.get((lease.task_id, "requests"), 0) + 1

        @precondition(lambda self: self.leases)
        @rule(pick=st.integers(0, 99), how=st.sampled_from(["failed", "node", "late", "requeue"]))
        def end(self, pick: int, how: str) -> None:
            lease = self.leases.pop(pick % len(self.leases))
            try:
                if how == "failed":
                    self.desk.give_up(lease, Outcome.FAILED, retry=True)
                elif how == "requeue":
                    self.desk.requeue(lease.task_id)
                elif how == "node":
                    self.desk.release_node("n1")
                else:
                    clock.advance(301)
                    self.desk.sweep()
            except WindlassError:
                pass  # it was lost before

        @rule()
        def midnight(self) -> None:
            clock.advance(86_400)
            self.desk.sweep()

        @rule(choice=st.sampled_from([0, 1, 2]), pick=st.integers(0, 99))
        def ask_and_answer(self, choice: int, pick: int) -> None:
            def settle(tx: Any) -> None:
                overspent.settle(tx, 1, BUDGET, tx.now())

            database.write(settle)
            known = database.read(lambda tx: policy.open_decisions(tx))
            every = [pair for task in self.lane for pair in self.keys(task)]
            spent = {key for key, usual in every if self.left(key, usual) <= 0}
            if not known:
                return
            asked = known[pick % len(known)]
            word = asked.options[choice]
            database.write(lambda tx: policy.answer(tx, asked.id, word, "ada", tx.now()))
            for _ in range(2):
                database.write(settle)
            for key, usual in every:
                if ROOM[word] and key in spent and self._about(asked, key):
                    self.limit[key] = self.used[key] + ROOM[word] * usual

        def _about(self, asked: policy.Decision, key: Any) -> bool:
            if asked.task is not None:
                return bool(key[0] == asked.task) and isinstance(key[1], str) and len(key[1]) > 1
            agent = asked.key.split(":")[2].split(".", 2)[2:]
            return bool(key[0] == int(clock() // 86_400) and key[1] == (agent[0] if agent else ""))

    return Life


def live(database: Database, clock: FixedClock, desk_of: type, examples: int, *, shrink: bool = True) -> None:
    run_state_machine_as_test(
        machine(database, clock, desk_of),
        settings=settings(
            max_examples=examples, stateful_step_count=40, deadline=None, derandomize=True, database=None,
            phases=tuple(Phase) if shrink else (Phase.generate,), suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def test_no_turn_begins_over_a_budget_on_sqlite(migrated: bytes, desk_of: type) -> None:
    with in_memory(migrated) as (database, clock):
        live(database, clock, desk_of, 60)


@pytest.mark.postgres
def test_no_turn_begins_over_a_budget_on_postgresql(
    postgres: Database, clock: FixedClock, desk_of: type
) -> None:
    live(postgres, clock, desk_of, 6)


GUARDS = {
    "tasks are passed over": ("u.*, s.requests", "u.*, 0 AS requests"),
    "turns of today are counted": ("count(a.fence) AS turns", "0 AS turns"),
    "an answer counts once": ("wl_extension WHERE key IN", "wl_extension WHERE 1 = 0 AND key IN"),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_the_model_notices_a_broken_guard(guard: str, migrated: bytes, desk_of: type) -> None:
    with in_memory(migrated) as (database, clock), pytest.raises((AssertionError, ExceptionGroup)):
        live(Broken(database, *GUARDS[guard]), clock, desk_of, 400, shrink=False)
