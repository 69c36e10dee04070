"""Locks: one holder at a time, and a fence that only grows."""

import threading

import pytest

from windlass import commons
from windlass.commons import Lock
from windlass.kernel import Conflict, FixedClock, Invalid
from windlass.store import Database


def acquire(database: Database, holder: str, ttl_s: float = 60.0, task: int | None = None) -> Lock:
    return database.write(
        lambda tx: commons.acquire(tx, 1, "db/schema", tx.now(), holder=holder, ttl_s=ttl_s, task_id=task)
    )


def release(database: Database, holder: str, fence: int) -> None:
    database.write(lambda tx: commons.release(tx, 1, "db/schema", tx.now(), holder=holder, fence=fence))


def test_one_holds_it_until_it_gives_it_back(database: Database) -> None:
    assert acquire(database, "x", task=3).fence == 1
    with pytest.raises(Conflict, match="'x'"):
        acquire(database, "y")
    assert acquire(database, "x").fence == 1, "prolonged"
    release(database, "x", 1)
    assert acquire(database, "y").fence == 2
    for holder, fence in (("x", 1), ("x", 2), ("y", 1)):
        with pytest.raises(Conflict):
            release(database, holder, fence)
    held = database.read(lambda tx: commons.locks(tx, 1, tx.now()))
    assert [(lock.holder, lock.fence) for lock in held] == [("y", 2)]
    assert database.read(lambda tx: commons.locks(tx, 1, tx.now(), holder="x")) == []


def test_what_ran_out_is_free_and_its_fence_grows_even_for_the_same(
    database: Database, clock: FixedClock
) -> None:
    acquire(database, "x")
    clock.advance(60)
    with pytest.raises(Conflict):
        release(database, "x", 1)
    assert acquire(database, "x").fence == 2
    clock.advance(61)
    assert acquire(database, "y").fence == 3
    assert database.read(lambda tx: commons.locks(tx, 2, tx.now())) == []


@pytest.mark.parametrize("ttl_s", [0.0, -1.0, 1e9])
def test_a_lock_lives_for_a_sensible_time(database: Database, ttl_s: float) -> None:
    with pytest.raises(Invalid):
        acquire(database, "x", ttl_s)


def test_of_many_at_once_one_gets_it(database: Database) -> None:
    got: list[str] = []

    def work(name: str) -> None:
        try:
            acquire(database, name)
        except Conflict:
            return
        got.append(name)

    crew = [threading.Thread(target=work, args=(f"x{n}",)) for n in range(8)]
    for one in crew:
        one.start()
    for one in crew:
        one.join(60)
    assert len(got) == 1
