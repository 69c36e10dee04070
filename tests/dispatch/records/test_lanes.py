"""Lanes: their settings, what a claim finds in them, and that counting costs no more in a large backlog."""

import time

import pytest

from windlass.dispatch.records import lanes
from windlass.kernel import Invalid
from windlass.store import Database


def change(database: Database, name: str, limit: int | None = None, weight: float = 1.0) -> lanes.Lane:
    return database.write(
        lambda tx: lanes.change(tx, 1, name, tx.now(), limit=limit, weight=weight, by="ada")
    )


def test_a_lane_is_made_changed_and_told_once(database: Database) -> None:
    made = change(database, "backend", 3, 2.0)
    assert (made.name, made.limit, made.weight) == ("backend", 3, 2.0)
    change(database, "backend", 3, 2.0)
    assert change(database, "backend", None, 2.0).limit is None
    rows = database.read(lambda tx: tx.rows("SELECT actor, data FROM wl_event WHERE kind = 'lane.changed'"))
    assert len(rows) == 2
    assert database.read(lambda tx: lanes.of(tx, [made.id, 99])) == [change(database, "backend", None, 2.0)]


def test_a_weight_out_of_bounds_changes_nothing(database: Database) -> None:
    with pytest.raises(Invalid):
        change(database, "backend", None, 1_000.0)
    assert database.read(lambda tx: lanes.rows(tx, 1)) == []


def test_a_post_says_what_its_lanes_are(database: Database) -> None:
    change(database, "a")
    change(database, "b", 2)
    both = database.read(lambda tx: lanes.post(tx, 1, None, node="n", ttl_s=9.0, instance="x"))
    one = database.read(lambda tx: lanes.post(tx, 1, ["a", "unknown"], node="n", ttl_s=9.0))
    assert (len(both.lanes), both.limited, both.braided, both.instance) == (2, True, True, "x")
    assert (len(one.lanes), one.limited, one.braided) == (1, False, False)


def test_strands_count_ready_tasks_and_room(desk, database: Database) -> None:
    change(database, "a", 2)
    change(database, "b")
    for _ in range(3):
        desk.file(lane="a")
        desk.file(lane="b", wsjf=0.5)
    taken = desk.take(lanes=("a",))[0].id

    def look(tx):
        return lanes.strands(tx, lanes.rows(tx, 1), 9, threshold=0, others=[taken + 1])

    assert [strand.open for strand in database.write(look)] == [1, 2]
    assert database.read(lambda tx: lanes.held(tx, [taken])) in ({}, {1: 1})


def test_counting_ready_tasks_is_flat(sqlite: Database) -> None:
    change(sqlite, "a")
    sqlite.write(
        lambda tx: tx.execute(
            "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 50000)"
            " INSERT INTO wl_task (repository_id, lane, kind, title, status, cls, ready_at, spec, created_at,"
            " updated_at) SELECT 1, 1, 'k', 't', 'pending', 1000 + n % 139, 1.0, '{}', 1, 1 FROM s"
        )
    )
    began = time.perf_counter()
    for _ in range(20):
        sqlite.write(lambda tx: lanes.strands(tx, lanes.rows(tx, 1), 4, threshold=0, others=()))
    assert time.perf_counter() - began < 10
