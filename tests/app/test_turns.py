"""Who may claim: so many tasks, so many landings a day, and never two workers on the last place."""

from dataclasses import replace

import pytest
from tests.app.shop import Bench, Shop, bench, held

from windlass import policy
from windlass.app.turns import Turns, in_flight, landed_today
from windlass.app.workflows import VERIFY, bodies
from windlass.store import Started


@pytest.fixture
def at(shop: Shop) -> Bench:
    plant = shop.open()
    plant.mirror.sync(plant.checkout)
    return bench(plant, Started())


def asks(at: Bench, turns: Turns, task: int, worker: str = "w1") -> bool:
    found: bool = at.read(lambda tx: turns.admit(tx, at.task(task), worker))
    return found


def daily(at: Bench, limit: int) -> Bench:
    return Bench(at.plant, replace(at.site, scope=replace(at.site.scope, daily_prs=limit)))


def test_distinct_tasks_are_counted_and_attempts_are_not(at: Bench) -> None:
    one, two = at.file("a.py"), at.file("b.py")
    turns = Turns(at.site, 1)
    assert not turns.full()
    assert asks(at, turns, one)
    assert turns.full()
    assert not asks(at, turns, two, "w2")
    turns.done("w1")
    assert turns.full()
    assert not asks(at, turns, two)
    assert asks(at, turns, one)
    assert [turns.allows(at.task(n)) for n in (one, two)] == [True, False]


def test_a_claim_that_did_not_happen_takes_no_place(at: Bench) -> None:
    """The transaction of a claim may run again, and then find another task."""
    one, two = at.file("a.py"), at.file("b.py")
    turns = Turns(at.site, 1)
    assert asks(at, turns, one)
    assert not asks(at, turns, two)
    turns.done("w2")
    unbound = Turns(at.site, None)
    assert asks(at, unbound, one)
    assert asks(at, unbound, two)
    unbound.done("w1")
    assert not unbound.full()


def test_what_others_hold_counts_against_the_day(at: Bench) -> None:
    at = daily(at, 1)
    one, two = at.file("a.py"), at.file("b.py")
    turns = Turns(at.site, None)
    assert asks(at, turns, one, "w1")
    assert not asks(at, turns, two, "w2")
    turns.done("w1")
    assert asks(at, turns, two, "w2")


def test_nothing_is_admitted_at_a_limit_of_none_or_after_the_end(at: Bench) -> None:
    one = at.file("a.py")
    assert not asks(daily(at, 0), Turns(daily(at, 0).site, None), one)
    turns = Turns(at.site, None)
    turns.close()
    assert not asks(at, turns, one)


def test_work_in_flight_and_landings_of_today_are_counted(at: Bench) -> None:
    at = Bench(at.plant, replace(at.site, verify={"fast": ["true"], "pr": ["true"]}))
    submission = at.submit()
    assert at.read(lambda tx: in_flight(tx, at.site)) == {submission.task_id}
    assert at.read(lambda tx: landed_today(tx, at.site)) == 0

    write = at.plant.database.write
    write(lambda tx: policy.pauses.pause(tx, None, 1.0, by="ann", reason="odd"))
    assert at.read(lambda tx: in_flight(tx, at.site)) == {submission.task_id}
    with held(at):
        bodies(at.site)[VERIFY](task=submission.task_id, fence=submission.fence)
    assert at.read(lambda tx: in_flight(tx, at.site)) == set()  # what waits for the end of a pause
    write(lambda tx: policy.pauses.resume(tx, None, 2.0, by="ann"))
    assert at.read(lambda tx: in_flight(tx, at.site)) == {submission.task_id}

    bodies(at.site)[VERIFY](task=submission.task_id, fence=submission.fence)
    assert at.read(lambda tx: in_flight(tx, at.site)) == set()
    assert at.read(lambda tx: landed_today(tx, at.site)) == 1
    tomorrow = replace(at.site, clock=lambda: at.site.clock() + 86_400)
    assert at.read(lambda tx: landed_today(tx, tomorrow)) == 0


def test_a_landing_that_waits_for_a_person_is_not_in_flight(at: Bench) -> None:
    scope = replace(at.site.scope, restricted=("shop/",))
    at = Bench(at.plant, replace(at.site, scope=scope, verify={"fast": ["true"], "pr": ["true"]}))
    submission = at.submit()
    work = bodies(at.site)
    work[VERIFY](task=submission.task_id, fence=submission.fence)
    landing = at.read(lambda tx: tx.scalar("SELECT id FROM wl_landing"))
    work["land"](landing=landing)
    assert at.read(lambda tx: tx.scalar("SELECT state FROM wl_landing")) == "blocked"
    assert at.read(lambda tx: in_flight(tx, at.site)) == set()


def test_in_a_pause_nothing_is_admitted(at: Bench) -> None:
    one, turns = at.file("a.py"), Turns(at.site, None)
    at.plant.database.write(lambda tx: policy.pauses.pause(tx, None, 1.0, by="ann", reason="odd"))
    assert not asks(at, turns, one)
    at.plant.database.write(lambda tx: policy.pauses.resume(tx, None, 2.0, by="ann"))
    assert asks(at, turns, one)
