"""What purses have used, read from the records that nothing resets."""

import pytest
from tests.meter.test_model import exchange

from windlass.dispatch import Outcome
from windlass.dispatch.budget import Budget, Counter, Standing
from windlass.dispatch.records import budgets
from windlass.kernel import FixedClock, Invalid
from windlass.meter import Account, DurableLedger, Scope
from windlass.store import Database

C = Counter
ANY = Budget(task=((C.TURNS, 9),))


def of_task(database: Database, task: int) -> Standing:
    return database.read(lambda tx: budgets.task_standing(tx, task, ANY, tx.now()))


def today(database: Database) -> dict[str, Standing]:
    found = database.read(lambda tx: budgets.days(tx, 1, ANY, tx.now()))
    return {budgets.agent_of(one.purse): one for one in found}


def test_a_task_keeps_what_it_used_over_claims_crashes_and_requeues(
    desk, database: Database, clock: FixedClock
) -> None:
    task = desk.file()
    assert of_task(database, task).used == dict.fromkeys(C, 0)
    began = clock()
    clock.advance(10)
    _, first = desk.take()
    DurableLedger(database, Account(1, task, first.fence, "mechanic")).charge(exchange())
    clock.advance(20)
    assert of_task(database, task).used[C.SECONDS] == 20, "a turn that goes on counts up to now"
    desk.give_up(first, Outcome.FAILED, retry=True)
    desk.take()
    clock.advance(5)
    desk.release_node("n1")
    desk.take(ttl_s=60)
    clock.advance(10_000)
    desk.sweep()
    one = of_task(database, task)
    assert (one.used[C.TURNS], one.used[C.FAILURES], one.used[C.SECONDS]) == (3, 2, 20 + 5 + 60)
    assert (one.used[C.REQUESTS], one.used[C.TOKENS], one.used[C.MONEY]) == (1, 15, 7)
    assert one.since == began + 10


def test_rejections_count_for_the_task(desk, database: Database) -> None:
    task = desk.file()
    _, lease = desk.take()
    desk.submit(lease)
    desk.reject(task, lease.fence)
    assert of_task(database, task).used[C.REJECTIONS] == 1


def test_a_day_counts_its_agents_apart_and_ends_at_midnight(
    desk, database: Database, clock: FixedClock
) -> None:
    for name in ("a", "b"):
        desk.file(runner=name)
        _, lease = desk.take(lanes=[name])
        DurableLedger(database, Account(1, lease.task_id, lease.fence, name)).charge(exchange())
        clock.advance(30)
        desk.give_up(lease, Outcome.NOTHING, retry=False)
    DurableLedger(database, Account(2, 99, 1, "a")).charge(exchange())
    found = today(database)
    wanted = (C.TURNS, C.SECONDS, C.REQUESTS)
    assert {who: [one.used[each] for each in wanted] for who, one in found.items()} == {
        "": [2, 60, 2], "a": [1, 30, 1], "b": [1, 30, 1],
    }  # fmt: skip
    clock.advance(86_400)
    assert {who: one.used[C.TURNS] for who, one in today(database).items()} == {"": 0}


def test_an_answer_extends_once_and_one_purse_alone_with_its_event(desk, database: Database) -> None:
    one, other = desk.file(), desk.file()
    purse = of_task(database, one).purse
    for decision in (7, 7, 8, None):
        database.write(
            lambda tx, which=decision: budgets.extend(
                tx, 1, purse, {C.TURNS: 5, C.MONEY: 2}, tx.now(), by="ada", decision=which
            )
        )
    found = of_task(database, one)
    assert (dict(found.extended), found.answers, found.bounds[C.TURNS]) == ({C.TURNS: 15, C.MONEY: 6}, 2, 24)
    assert of_task(database, other).extended == {}
    told = database.read(
        lambda tx: tx.rows("SELECT actor, task_id FROM wl_event WHERE kind = 'budget.extended'")
    )
    assert [(row["actor"], row["task_id"]) for row in told] == [("ada", one)] * 6


def test_why_nobody_begins_is_told(desk, database: Database) -> None:
    task = desk.file()
    _, lease = desk.take()
    desk.give_up(lease, Outcome.FAILED, retry=True)
    account = Account(1, task, lease.fence, "mechanic")
    once = ((C.TURNS, 1),)

    def waits(budget: Budget) -> str:
        return database.read(lambda tx: budgets.waits(tx, account, budget, tx.now()))

    assert waits(Budget()) == waits(Budget(task=((C.TURNS, 2),))) == ""
    day = today(database)[""].purse.key.removeprefix("1.")
    told = waits(Budget(once, once, once))
    for whose in (f"task {task}", f"agent mechanic on {day}", f"this repository on {day}"):
        assert f"the budget of {whose} is used up: 1 turns of 1 turns" in told
    empty = database.read(lambda tx: budgets.spent(tx, 1, Budget(once, once), tx.now()))
    assert [one.purse.scope for one in empty] == [Scope.TASK, Scope.AGENT_DAY]


@pytest.mark.parametrize("amounts", [{}, {C.TURNS: 0}, {C.TURNS: -1}, {C.TURNS: 10**16}])
def test_no_extension_takes_away_or_is_without_bound(desk, database: Database, amounts) -> None:
    purse = of_task(database, desk.file()).purse
    with pytest.raises(Invalid):
        database.write(lambda tx: budgets.extend(tx, 1, purse, amounts, tx.now(), by="ada"))
    assert purse.scope is Scope.TASK
