"""Claims over several lanes: turns, limits, capacity, matches; limits hold under a crowd."""

import threading
import time
from collections import Counter
from typing import Any

import pytest

from windlass import dispatch, fleet
from windlass.dispatch import Outcome, TaskStatus, records
from windlass.dispatch import desk as counter
from windlass.dispatch.braid import waits_at_most
from windlass.dispatch.model import End
from windlass.dispatch.seating import Match
from windlass.kernel import NotFound
from windlass.store import Database, migrate, open_database


def lane(database: Database, name: str, limit: int | None = None, weight: float = 1.0) -> int:
    return database.write(
        lambda tx: records.lanes.change(tx, 1, name, tx.now(), limit=limit, weight=weight, by="ada")
    ).id


def claim(database: Database, lanes: list[int], worker: str = "w", instance: str = "") -> Any:
    return database.write(
        lambda tx: dispatch.claim(tx, lanes, worker, "n1", tx.now(), instance=instance)
    )


def join(database: Database, name: str, **more: Any) -> None:
    database.write(lambda tx: fleet.register(tx, name, tx.now(), kind="test", host="here", **more))


def test_lanes_take_turns_by_weight_and_the_best_of_each_goes_first(desk, database: Database) -> None:
    lanes = [lane(database, "a"), lane(database, "b", weight=2.0)]
    for score in (1.0, 5.0, 3.0):
        desk.file(lane="a", wsjf=score)
    for score in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0):
        desk.file(lane="b", wsjf=score)
    found = [claim(database, lanes)[0] for _ in range(9)]
    assert Counter(task.lane for task in found[:6]) == {lanes[0]: 2, lanes[1]: 4}
    for number in lanes:
        scores = [task.cls for task in found if task.lane == number]
        assert scores == sorted(scores, reverse=True)
    assert claim(database, lanes) is None


def test_a_limit_holds_until_a_lease_ends(desk, database: Database) -> None:
    one = [lane(database, "a", limit=2)]
    for _ in range(4):
        desk.file(lane="a")
    first = claim(database, one)[1]
    claim(database, one)
    assert claim(database, one) is None
    desk.give_up(first, Outcome.NOTHING, retry=False)
    assert claim(database, one) is not None
    assert claim(database, one) is None


def test_a_lane_whose_limit_is_zero_is_closed(desk, database: Database) -> None:
    closed, open_ = lane(database, "a", limit=0), lane(database, "b")
    desk.file(lane="a", wsjf=9.0)
    desk.file(lane="b")
    assert claim(database, [closed, open_])[0].lane == open_
    assert claim(database, [closed, open_]) is None


def test_an_instance_holds_no_more_than_it_may(desk, database: Database) -> None:
    one = [lane(database, "a")]
    for _ in range(4):
        desk.file(lane="a")
    join(database, "x", capacity=2)
    leases = [claim(database, one, f"x/{n}", "x")[1] for n in range(2)]
    assert claim(database, one, "x/3", "x") is None
    assert claim(database, one, "xy") is not None, "another worker whose name begins alike"
    desk.cancel(leases[0].task_id)
    assert claim(database, one, "x", "x") is not None
    with pytest.raises(NotFound):
        claim(database, one, "y", "y")


def test_a_draining_instance_and_a_foreign_lane_get_nothing(desk, database: Database) -> None:
    lanes = [lane(database, "a"), lane(database, "b")]
    desk.file(lane="a")
    desk.file(lane="b")
    join(database, "x", lanes=["b"], capacity=9)
    assert claim(database, lanes, "x", "x")[0].lane == lanes[1]
    assert claim(database, lanes, "x", "x") is None, "lane a is not its own"
    join(database, "x", capacity=9)
    database.write(lambda tx: fleet.drain(tx, "x", tx.now(), actor="ada"))
    assert claim(database, lanes, "x", "x") is None
    database.write(lambda tx: fleet.resume(tx, "x", tx.now(), actor="ada"))
    assert claim(database, lanes, "x", "x")[0].lane == lanes[0]


def test_a_match_is_preferred_and_kept_for_its_instance(desk, database: Database, clock) -> None:
    one = [lane(database, "a")]
    best, other = desk.file(lane="a", wsjf=9.0), desk.file(lane="a", wsjf=1.0)
    join(database, "x", capacity=9)
    join(database, "y", capacity=9)
    keep = lambda tx: records.matches.keep(tx, [Match(best, "x", 1.0)], tx.now())  # noqa: E731
    database.write(keep)
    assert claim(database, one, "y", "y")[0].id == other, "the best is kept for x"
    assert claim(database, one, "y", "y") is None
    assert claim(database, one, "x", "x")[0].id == best


def test_a_match_that_nobody_comes_for_is_free_for_all(desk, database: Database, clock) -> None:
    one = [lane(database, "a")]
    best = desk.file(lane="a")
    for name in ("x", "y"):
        join(database, name, capacity=9)
    database.write(lambda tx: records.matches.keep(tx, [Match(best, "x", 1.0)], tx.now()))
    assert claim(database, one, "y", "y") is None
    clock.advance(records.matches.MATCH_S)
    assert claim(database, one, "y", "y")[0].id == best


def test_many_claims_at_once_follow_the_braid(desk, database: Database) -> None:
    lanes = [lane(database, "a"), lane(database, "b", limit=1), lane(database, "c")]
    for name in "abc":
        for _ in range(4):
            desk.file(lane=name)
    post = database.read(lambda tx: records.lanes.post(tx, 1, list("abc"), node="n", ttl_s=300.0))
    found = database.write(lambda tx: records.claim_braided(tx, post, [f"w{n}" for n in range(6)], tx.now()))
    assert Counter(task.lane for task, _ in found) == {lanes[0]: 3, lanes[1]: 1, lanes[2]: 2}
    assert sorted(lease.worker for _, lease in found) == [f"w{n}" for n in range(6)]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def live(request: pytest.FixtureRequest, tmp_path) -> Any:
    """Two doors to one database with a running clock, as two servers have; on SQLite one."""
    lite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/live.db" if lite else request.getfixturevalue("postgres_url")
    doors = [open_database(url)] * 2 if lite else [open_database(url), open_database(url)]
    migrate(doors[0])
    yield doors
    for door in set(doors):
        door.close()


def test_limits_and_turns_hold_with_claimers_at_once(live: list[Database], desk_of: type) -> None:
    """Eight claimers on two servers, three lanes; a watcher counts what is held all the while."""
    desk = desk_of(live[0])
    limits = {"a": 2, "b": 3, "c": None}
    numbers = {name: lane(live[0], name, limit) for name, limit in limits.items()}
    for name in limits:
        for _ in range(60):
            desk.file(lane=name)
    post = live[0].read(lambda tx: records.lanes.post(tx, 1, list("abc"), node="n", ttl_s=60.0))
    errors: list[BaseException] = []
    ends, most = time.monotonic() + 2.5, Counter[int]()

    def watch() -> None:
        while time.monotonic() < ends:
            seen = live[1].read(lambda tx: records.lanes.held(tx, list(numbers.values())))
            for number, held in seen.items():
                most[number] = max(most[number], held)

    def work(number: int) -> None:
        door = live[number % 2]
        while time.monotonic() < ends:
            found = counter.take(door, post, f"w{number}")
            if found is not None:
                time.sleep(0.01)
                counter.end(door, records_end(found[1]))

    def guarded(call: Any, *args: Any) -> None:
        try:
            call(*args)
        except BaseException as error:
            errors.append(error)

    crew = [threading.Thread(target=guarded, args=(work, n)) for n in range(8)]
    crew.append(threading.Thread(target=guarded, args=(watch,)))
    for one in crew:
        one.start()
    for one in crew:
        one.join(60)
    assert errors == []
    assert all(most[numbers[name]] <= limit for name, limit in limits.items() if limit is not None), most
    assert most[numbers["a"]] == 2
    order = live[0].read(
        lambda tx: tx.rows(
            "SELECT t.lane FROM wl_event e JOIN wl_task t ON t.id = e.task_id WHERE e.kind = 'task.claimed'"
            " ORDER BY e.seq"
        )
    )
    assert len(order) > 60
    done = live[0].read(lambda tx: records.tasks(tx, 1, (TaskStatus.COMPLETED,)))
    assert Counter(task.lane for task in done)[numbers["a"]] > 0
    assert waits_at_most(dict.fromkeys(numbers.values(), 1.0), numbers["a"]) == 4


def records_end(lease: Any) -> Any:
    return End(lease, Outcome.NOTHING, "", retry=False)
