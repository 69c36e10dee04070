"""Shared values: who has not seen the newest version changes nothing, however many try at once."""

import threading

import pytest

from windlass import commons
from windlass.kernel import Conflict, Invalid
from windlass.store import Database


def put(database: Database, key: str, value: object, expected: int, by: str = "x") -> commons.Shared:
    return database.write(
        lambda tx: commons.put(tx, 1, key, value, tx.now(), expected=expected, by=by)
    )


def test_a_change_needs_the_version_that_was_seen(database: Database) -> None:
    assert put(database, "plan/next", {"a": 1}, 0).version == 1
    assert put(database, "plan/next", {"a": 2}, 1).version == 2
    for stale in (0, 1, 3):
        with pytest.raises(Conflict) as refused:
            put(database, "plan/next", {"a": 9}, stale)
        assert refused.value.details["version"] == 2
    found = database.read(lambda tx: commons.look(tx, 1, "plan/next"))
    assert found is not None
    assert (found.value, found.version, found.changed_by) == ({"a": 2}, 2, "x")
    assert database.read(lambda tx: commons.look(tx, 2, "plan/next")) is None
    with pytest.raises(Conflict):
        put(database, "unknown", 1, 1)
    with pytest.raises(Invalid):
        put(database, "bad\n", 1, 0)


def test_entries_are_found_by_prefix(database: Database) -> None:
    for key in ("a/1", "a/2", "a-", "b"):
        put(database, key, None, 0)
    found = database.read(lambda tx: commons.entries(tx, 1, prefix="a/"))
    assert [one.key for one in found] == ["a/1", "a/2"]
    assert len(database.read(lambda tx: commons.entries(tx, 1))) == 4


def test_of_many_who_count_at_once_none_is_lost(database: Database) -> None:
    put(database, "count", 0, 0)
    lost: list[BaseException] = []

    def work() -> None:
        done = 0
        while done < 10:
            seen = database.read(lambda tx: commons.look(tx, 1, "count"))
            assert seen is not None
            try:
                put(database, "count", int(str(seen.value)) + 1, seen.version)
            except Conflict:
                continue
            except BaseException as error:
                lost.append(error)
                return
            done += 1

    crew = [threading.Thread(target=work) for _ in range(4)]
    for one in crew:
        one.start()
    for one in crew:
        one.join(60)
    found = database.read(lambda tx: commons.look(tx, 1, "count"))
    assert lost == []
    assert found is not None
    assert (found.value, found.version) == (40, 41)
