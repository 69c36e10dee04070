"""Nothing begins whose budget is used up; everything else goes on as if there were none."""

import threading
from collections import Counter as Counts
from typing import Any

from tests.meter.test_model import exchange

from windlass import dispatch, fleet
from windlass.dispatch import Outcome, records
from windlass.dispatch import desk as counter
from windlass.dispatch.budget import Budget, Counter
from windlass.dispatch.seating import Match
from windlass.kernel import FixedClock
from windlass.meter import Account, DurableLedger
from windlass.store import Database

TWICE = ((Counter.TURNS, 2),)


def claim(database: Database, budget: Budget, names: list[str], worker: str = "w", instance: str = "") -> Any:
    def work(tx: Any) -> Any:
        ids = [dispatch.lane_id(tx, 1, name) for name in names]
        return dispatch.claim(tx, ids, worker, "n1", tx.now(), budgets=((1, budget),), instance=instance)

    return database.write(work)


def test_a_task_without_budget_is_passed_over_for_the_next(desk, database: Database) -> None:
    dear, cheap = desk.file(lane="a", wsjf=9.0, attempts_max=9), desk.file(lane="a", wsjf=1.0)
    budget = Budget(task=TWICE)
    for _ in range(2):
        task, lease = claim(database, budget, ["a"])
        assert task.id == dear
        desk.give_up(lease, Outcome.FAILED, retry=True)
    assert claim(database, budget, ["a"])[0].id == cheap
    assert claim(database, budget, ["a"]) is None
    assert claim(database, Budget(), ["a"])[0].id == dear


def test_an_agents_day_closes_its_lane_and_a_repositorys_all_until_midnight(
    desk, database: Database, clock: FixedClock
) -> None:
    for name in "aaabbb":
        desk.file(lane=name)
    agents = Budget(agent_day=TWICE)
    taken = [claim(database, agents, ["a", "b"]) for _ in range(6)]
    assert sorted(Counts(one[0].lane for one in taken if one).values()) == [2, 2]
    assert taken[4:] == [None, None]
    assert claim(database, Budget(repository_day=((Counter.TURNS, 4),)), ["a", "b"]) is None
    clock.advance(86_400)
    assert claim(database, agents, ["a", "b"]) is not None


def test_a_crowd_that_comes_together_begins_no_more_than_is_left(desk, database: Database) -> None:
    for name in ("a", "b") * 6:
        desk.file(lane=name)
    budgets = ((1, Budget(repository_day=((Counter.TURNS, 3),))),)
    post = database.read(lambda tx: records.lanes.post(tx, 1, None, node="n", ttl_s=60.0, budgets=budgets))
    found: list[Any] = []

    def come(worker: str) -> None:
        found.append(counter.take(database, post, worker))

    crowd = [threading.Thread(target=come, args=(f"w{n}",)) for n in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    assert sum(one is not None for one in found) == 3
    assert len(found) == 8


def test_a_match_does_not_get_round_a_budget(desk, database: Database) -> None:
    task = desk.file(lane="a", attempts_max=9)
    budget = Budget(task=((Counter.TURNS, 1),))
    desk.give_up(claim(database, budget, ["a"])[1], Outcome.FAILED, retry=True)
    database.write(lambda tx: fleet.register(tx, "x", tx.now(), kind="test", host="here", capacity=2))
    database.write(lambda tx: records.matches.keep(tx, [Match(task, "x", 1.0)], tx.now()))
    assert claim(database, budget, ["a"], "x", "x") is None
    assert claim(database, Budget(), ["a"], "x", "x")[0].id == task


def test_a_full_window_closes_its_agents_lane_until_it_slides(
    desk, database: Database, clock: FixedClock
) -> None:
    for name in "ab":
        desk.file(lane=name)
    DurableLedger(database, Account(1, 99, 1, "a")).charge(exchange())
    clock.advance(50)
    budget = Budget(windows=(("a", 1, 60.0), ("b", 1, 60.0)))
    payer = Account(1, 1, 1, "a")
    why = database.read(lambda tx: records.budgets.waits(tx, payer, budget, tx.now()))
    assert why == "agent a has made all the requests of its window; more in 10 s"
    assert claim(database, budget, ["a"]) is None
    assert claim(database, budget, ["a", "b"])[0].spec.runner == "mechanic"
    clock.advance(10)
    assert claim(database, budget, ["a"]) is not None


def test_a_profiles_cost_is_a_budget_of_the_tasks_in_its_lane(desk, database: Database) -> None:
    dear = desk.file(lane="a", attempts_max=9)
    _, lease = desk.take(lanes=("a",))
    DurableLedger(database, Account(1, dear, lease.fence, "a")).charge(exchange())
    desk.give_up(lease, Outcome.FAILED, retry=True)
    budget = Budget(task_of=(("a", ((Counter.MONEY, 7),)),))
    assert claim(database, budget, ["a"]) is None
    (spent,) = database.read(lambda tx: records.budgets.spent(tx, 1, budget, tx.now()))
    assert (spent.purse.key, spent.spent) == (str(dear), (Counter.MONEY,))
    assert claim(database, Budget(task_of=(("b", ((Counter.MONEY, 7),)),)), ["a"]) is not None
