"""Spend in the database: deltas in every scope, with their events, surviving claims."""

import json
import threading

from tests.meter.test_model import exchange

from windlass.kernel import FixedClock
from windlass.meter.model import Account, Scope, Spend
from windlass.meter.records import DurableLedger
from windlass.store import Database

ONE = Spend(1, 10, 4, 1, 5, 7)


def test_spend_outlives_a_claim_an_agent_and_a_day(database: Database, clock: FixedClock) -> None:
    first = DurableLedger(database, Account(1, 12, 3, "backend"))
    first.charge(exchange())
    clock.advance(86_400)
    later = DurableLedger(database, Account(1, 12, 4, "frontend"))
    later.charge(exchange())
    assert later.totals() == {
        Scope.TASK: ONE + ONE, Scope.ATTEMPT: ONE, Scope.AGENT: ONE, Scope.REPOSITORY: ONE + ONE,
        Scope.DAY: ONE, Scope.AGENT_DAY: ONE,
    }  # fmt: skip
    stranger = DurableLedger(database, Account(2, 13, 1, "backend")).totals()
    assert stranger == {**dict.fromkeys(Scope, Spend()), Scope.AGENT: ONE}


def test_the_events_say_the_same_as_the_counters(database: Database) -> None:
    ledger = DurableLedger(database, Account(1, 12, 3, "backend"))
    ledger.charge(exchange())
    ledger.charge(exchange(usage=None, measured=False, micro_dollars=None, model="m" * 500))
    rows = database.read(
        lambda tx: tx.rows("SELECT * FROM wl_event WHERE kind = 'model.called' ORDER BY seq")
    )
    assert [(row["actor"], row["repository_id"], row["task_id"], row["fence"]) for row in rows] == [
        ("backend", 1, 12, 3)
    ] * 2
    told = [json.loads(row["data"]) for row in rows]
    assert sum(data["input"] for data in told) == ledger.totals()[Scope.TASK].input == 10
    assert [data["cost_known"] for data in told] == [True, False]


def test_each_attempt_at_a_task_can_be_told(database: Database) -> None:
    for fence in (3, 4, 4):
        DurableLedger(database, Account(1, 12, fence, "backend")).charge(exchange())
    DurableLedger(database, Account(1, 13, 5, "backend")).charge(exchange())
    spent = database.read(lambda tx: DurableLedger.of_attempts(tx, 12, [3, 4, 5]))
    assert spent == {3: ONE, 4: ONE + ONE}


def test_many_agents_on_one_repository_neither_block_nor_lose(database: Database) -> None:
    ledgers = [DurableLedger(database, Account(1, task, 1, f"agent-{task}")) for task in range(1, 9)]
    threads = [
        threading.Thread(target=lambda one=one: [one.charge(exchange()) for _ in range(5)]) for one in ledgers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    totals = ledgers[0].totals()
    assert (totals[Scope.TASK].requests, totals[Scope.REPOSITORY].requests, totals[Scope.DAY].input) == (
        5,
        40,
        400,
    )


def test_a_window_is_of_one_agent_in_one_repository_and_outlives_leases(
    database: Database, clock: FixedClock
) -> None:
    DurableLedger(database, Account(1, 12, 3, "backend")).charge(exchange())
    clock.advance(100)
    later = DurableLedger(database, Account(1, 13, 1, "backend"))
    later.charge(exchange())
    clock.advance(10)
    assert [later.age_s(back) for back in (1, 2, 3)] == [10.0, 110.0, None]
    for stranger in (Account(2, 14, 1, "backend"), Account(1, 15, 1, "frontend")):
        assert DurableLedger(database, stranger).age_s(1) is None


def test_the_calls_of_an_agent_are_found_by_an_index(sqlite: Database) -> None:
    asked = "EXPLAIN QUERY PLAN SELECT at FROM wl_event WHERE kind = 'model.called' AND repository_id = 1"
    asked += " AND actor = 'a' ORDER BY seq DESC LIMIT 1 OFFSET 99"
    (row,) = sqlite.read(lambda tx: tx.rows(asked))
    assert "wl_event_called" in row["detail"]
