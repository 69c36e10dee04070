"""Instances in the database: register, beat in bulk, drain, leave, die and return, on both databases."""

import threading
from typing import Any

import pytest

from windlass import fleet
from windlass.fleet import Instance, InstanceState
from windlass.fleet.records import BEATS_MAX
from windlass.kernel import Conflict, FixedClock, Invalid, NotFound
from windlass.store import Database, Transaction


def join(database: Database, name: str, **more: Any) -> Instance:
    return database.write(
        lambda tx: fleet.register(tx, name, tx.now(), **{"kind": "acp", "host": "h", **more})
    )


def kinds(database: Database) -> list[str]:
    rows = database.read(
        lambda tx: tx.rows("SELECT kind FROM wl_event WHERE kind LIKE 'instance.%' ORDER BY seq")
    )
    return [row["kind"] for row in rows]


def test_an_instance_says_what_it_is_and_may_say_it_anew(database: Database, clock: FixedClock) -> None:
    one = join(database, "x", lanes=["a"], skills={"sql": 0.5}, capacity=3, version="1", beat_every_s=2.0)
    assert (one.lanes, one.skills, one.capacity, one.state) == (("a",), {"sql": 0.5}, 3, InstanceState.LIVE)
    database.write(lambda tx: fleet.drain(tx, "x", tx.now(), actor="ada", reason="tonight"))
    clock.advance(5)
    again = join(database, "x")
    assert (again.lanes, again.capacity, again.state, again.beat) == ((), 1, InstanceState.LIVE, clock())
    assert [one.name for one in database.read(fleet.instances)] == ["x"]


@pytest.mark.parametrize(
    "bad", [{"capacity": 0}, {"beat_every_s": 0.1}, {"skills": {"sql": 2.0}}, {"lanes": ["a\n"]}]
)
def test_what_makes_no_sense_is_refused(database: Database, bad: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        join(database, "x", **bad)
    assert database.read(fleet.instances) == []


def test_many_beat_in_one_call(database: Database, clock: FixedClock) -> None:
    for n in range(5):
        join(database, f"x{n}")
    database.write(lambda tx: fleet.drain(tx, "x1", tx.now(), actor="ada"))
    database.write(lambda tx: fleet.leave(tx, "x2", tx.now()))
    database.write(lambda tx: fleet.bury(tx, "x3", tx.now(), reason="silent"))
    clock.advance(9)
    names = ["x4", "x3", "x2", "x1", "x4", "stranger"]
    found = database.write(lambda tx: fleet.beat(tx, names, tx.now()))
    assert found.known == ("x4", "x3", "x1")
    assert found.draining == ("x1",)
    assert found.unknown == ("x2", "stranger")
    states = {one.name: (one.state.value, one.beat) for one in database.read(fleet.instances)}
    assert states["x3"] == ("live", clock())
    assert states["x2"] == ("left", clock() - 9)
    assert states["x0"] == ("live", clock() - 9)
    assert kinds(database)[-1] == "instance.returned"
    with pytest.raises(Invalid):
        database.write(lambda tx: fleet.beat(tx, ["x"] * 2 + [str(n) for n in range(BEATS_MAX)], tx.now()))


def test_the_lifecycle_is_told_once_per_step(database: Database) -> None:
    join(database, "x")
    for _ in range(2):
        found = database.write(lambda tx: fleet.drain(tx, "x", tx.now(), actor="ada", reason="full disk"))
    assert (found.state, found.reason) == (InstanceState.DRAINING, "full disk")
    database.write(lambda tx: fleet.resume(tx, "x", tx.now(), actor="ada"))
    database.write(lambda tx: fleet.leave(tx, "x", tx.now()))
    assert kinds(database) == [
        "instance.registered", "instance.draining", "instance.resumed", "instance.left"
    ]  # fmt: skip
    with pytest.raises(Conflict):
        database.write(lambda tx: fleet.bury(tx, "x", tx.now()))
    with pytest.raises(NotFound):
        database.write(lambda tx: fleet.drain(tx, "nobody", tx.now(), actor="ada"))
    assert database.read(lambda tx: fleet.instances(tx, since=tx.now() + 1)) == []


@pytest.mark.postgres
def test_bulk_beats_in_any_order_do_not_deadlock(postgres: Database) -> None:
    names = [f"x{n}" for n in range(40)]
    for name in names:
        join(postgres, name)
    errors: list[BaseException] = []

    def work(order: list[str]) -> None:
        def beat(tx: Transaction) -> object:
            return fleet.beat(tx, order, tx.now())

        try:
            for _ in range(20):
                postgres.write(beat)
        except BaseException as error:
            errors.append(error)

    orders = (names, names[::-1], names[20:] + names)
    crew = [threading.Thread(target=work, args=(order,)) for order in orders]
    for one in crew:
        one.start()
    for one in crew:
        one.join(30)
    assert errors == []
    seen = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert postgres.read(lambda tx: tx.scalar(seen)) == 0
