"""From ready tasks and living instances to matches that claims keep to, and how they end."""

from typing import Any

from windlass import dispatch, fleet
from windlass.dispatch import Spec
from windlass.dispatch.records import matches
from windlass.kernel import FixedClock
from windlass.store import Database


def file(database: Database, *skills: str, wsjf: float = 1.0) -> int:
    return database.write(
        lambda tx: dispatch.add_task(
            tx, repository_id=1, item_id=None, lane=dispatch.lane_id(tx, 1, "a"), kind="fix", title="t",
            spec=Spec("a", ("x",)), wsjf=wsjf, base="0" * 40, now=tx.now(), skills=skills,
        )
    )  # fmt: skip


def join(database: Database, name: str, **more: Any) -> None:
    database.write(lambda tx: fleet.register(tx, name, tx.now(), kind="test", host="here", **more))


def match_up(database: Database) -> dict[int, str]:
    found = database.write(lambda tx: dispatch.match_up(tx, 1, tx.now()))
    return {one.task: one.instance for one in found}


def test_skill_decides_and_claims_follow(database: Database) -> None:
    sql, css = file(database, "sql"), file(database, "css", wsjf=5.0)
    join(database, "x", skills={"sql": 0.2, "css": 0.9})
    assert not database.read(lambda tx: matches.due(tx, tx.now())), "one instance leaves no choice"
    join(database, "y", skills={"sql": 0.9, "css": 1.0})
    assert database.read(lambda tx: matches.due(tx, tx.now()))
    assert match_up(database) == {sql: "y", css: "x"}
    lane = database.read(lambda tx: dispatch.lanes.rows(tx, 1))[0].id
    for name, task in (("y", sql), ("x", css)):
        found = database.write(
            lambda tx, name=name: dispatch.claim(tx, [lane], name, "n", tx.now(), instance=name)
        )
        assert found is not None
        assert found[0].id == task
    assert match_up(database) == {}, "both are full"


def test_a_task_that_was_not_fetched_rests_before_it_is_matched_again(
    database: Database, clock: FixedClock
) -> None:
    task = file(database)
    for name in ("x", "y"):
        join(database, name, beat_every_s=3_600.0)
    assert match_up(database).keys() == {task}
    assert match_up(database) == {}, "it is matched already"
    clock.advance(matches.MATCH_S)
    assert match_up(database) == {}, "it rests, free for all"
    clock.advance(matches.REST_S)
    assert match_up(database).keys() == {task}


def test_places_that_are_kept_count_as_taken(database: Database) -> None:
    first = file(database)
    join(database, "x", capacity=1)
    join(database, "y", capacity=1)
    assert len(match_up(database)) == 1
    more = [file(database), file(database)]
    again = match_up(database)
    assert len(again) == 1
    assert set(again) < set(more)
    assert set(again.values()).isdisjoint(
        {row["instance"] for row in rows(database) if row["task_id"] == first}
    )


def rows(database: Database) -> list[Any]:
    return database.read(lambda tx: tx.rows("SELECT task_id, instance FROM wl_match"))


def test_drained_and_silent_instances_are_not_asked(database: Database, clock: FixedClock) -> None:
    file(database)
    for name in ("x", "y", "z"):
        join(database, name)
    database.write(lambda tx: fleet.drain(tx, "x", tx.now(), actor="ada"))
    assert set(match_up(database).values()) <= {"y", "z"}
    clock.advance(100)
    assert not database.read(lambda tx: matches.due(tx, tx.now()))
