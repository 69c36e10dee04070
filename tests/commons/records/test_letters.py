"""Letters: to one, to a lane, to all; each receiver has its own receipt."""

from typing import Any

import pytest

from windlass import commons, fleet
from windlass.commons.records.letters import UNREAD_MAX
from windlass.kernel import Conflict, FixedClock, Invalid, NotFound
from windlass.store import Database


@pytest.fixture
def crew(database: Database) -> Database:
    for name, lanes in (("x", ["a"]), ("y", ["a", "b"]), ("z", []), ("gone", [])):
        database.write(
            lambda tx, name=name, lanes=lanes: fleet.register(
                tx, name, tx.now(), kind="t", host="h", lanes=lanes
            )
        )
    database.write(lambda tx: fleet.leave(tx, "gone", tx.now()))
    return database


def send(database: Database, to: str, body: str = "hello", **more: Any) -> tuple[int, ...]:
    return database.write(
        lambda tx: commons.send(tx, to, body, tx.now(), **{"sender": "person:ada", **more})
    )


def bodies(database: Database, name: str, **more: Any) -> list[str]:
    found = database.read(lambda tx: commons.inbox(tx, f"instance:{name}", **more))
    return [letter.body for letter in found]


def test_a_letter_waits_until_it_is_acknowledged(crew: Database, clock: FixedClock) -> None:
    (number,) = send(crew, "instance:x", "please stop", kind="request", task_id=7)
    for _ in range(2):
        (letter,) = crew.read(lambda tx: commons.inbox(tx, "instance:x"))
    assert (letter.id, letter.kind, letter.task_id, letter.read_at) == (number, "request", 7, None)
    assert crew.write(lambda tx: commons.receipt(tx, "instance:y", [number], tx.now())) == 0
    assert crew.write(lambda tx: commons.receipt(tx, "instance:x", [number], tx.now())) == 1
    clock.advance(5)
    assert crew.write(lambda tx: commons.receipt(tx, "instance:x", [number], tx.now())) == 0
    assert bodies(crew, "x") == []
    (letter,) = crew.read(lambda tx: commons.inbox(tx, "instance:x", unread_only=False))
    assert letter.read_at == clock() - 5


def test_a_lane_and_all_reach_everybody_but_the_sender(crew: Database) -> None:
    assert len(send(crew, "lane:a", "to a")) == 3
    assert len(send(crew, "lane:b", "to b", sender="instance:y")) == 1
    assert len(send(crew, "all", "to all", sender="instance:x")) == 2
    assert bodies(crew, "x") == ["to a"]
    assert bodies(crew, "y") == ["to a", "to all"]
    assert bodies(crew, "z") == ["to a", "to b", "to all"]
    assert bodies(crew, "gone") == []
    first = crew.read(lambda tx: commons.inbox(tx, "instance:z", limit=1))
    assert bodies(crew, "z", after=first[0].id) == ["to b", "to all"]


def test_who_is_not_there_gets_no_letter(crew: Database) -> None:
    with pytest.raises(NotFound):
        send(crew, "instance:nobody")
    with pytest.raises(Invalid):
        send(crew, "nobody")
    assert send(crew, "person:grace")


def test_a_full_inbox_takes_no_more_and_the_body_is_in_no_event(crew: Database) -> None:
    for _ in range(UNREAD_MAX):
        send(crew, "instance:x", "the secret plan")
    with pytest.raises(Conflict):
        send(crew, "all")
    assert bodies(crew, "y") == [], "all or nobody"
    rows = crew.read(lambda tx: tx.rows("SELECT data FROM wl_event WHERE kind = 'letter.sent'"))
    assert not any("secret" in row["data"] for row in rows)
