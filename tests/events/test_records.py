"""The event log on both databases."""

import threading

import pytest

from windlass.events import Cursor, Subject, after, append, append_many, end, history, seen
from windlass.events.records import load_cursor, save_cursor
from windlass.kernel import Invalid
from windlass.store import Database


def test_events_come_back_in_order_and_resume_behind_a_cursor(database: Database) -> None:
    database.write(lambda tx: [append(tx, "filed", 1.0 + n, about=Subject(task=n), n=n) for n in range(5)])
    events, cursor = database.read(lambda tx: after(tx, Cursor(), limit=3))
    assert [event.data["n"] for event in events] == [0, 1, 2]
    database.write(lambda tx: save_cursor(tx, "reader", cursor))
    rest, _ = database.read(lambda tx: after(tx, load_cursor(tx, "reader")))
    assert [event.data["n"] for event in rest] == [3, 4]


def test_many_events_of_one_kind_come_in_the_order_given(database: Database) -> None:
    entries = [(Subject(repository=1, item=n), {"n": n, "a": "é"}) for n in range(700)]
    database.write(lambda tx: append_many(tx, "item.discovered", 2.0, entries, actor="ann"))
    database.write(lambda tx: append_many(tx, "none", 2.0, []))
    found = database.read(history)
    assert [(e.subject.item, e.data["n"]) for e in found] == [(n, n) for n in range(700)]
    assert {(e.kind, e.actor, e.at) for e in found} == {("item.discovered", "ann", 2.0)}


def test_one_oversized_event_refuses_them_all(database: Database) -> None:
    entries = [(Subject(item=1), {"n": 1}), (Subject(item=2), {"text": "x" * 40_000})]
    with pytest.raises(Invalid):
        database.write(lambda tx: append_many(tx, "big", 1.0, entries))
    assert database.read(history) == []


def test_history_tells_one_task(database: Database) -> None:
    database.write(lambda tx: [append(tx, "x", 1.0, about=Subject(task=n % 2), n=n) for n in range(4)])
    assert [event.data["n"] for event in database.read(lambda tx: history(tx, task=1))] == [1, 3]


def test_a_reader_of_new_events_starts_at_the_end(database: Database) -> None:
    assert database.read(end) == Cursor()
    database.write(lambda tx: [append(tx, "x", 1.0, n=n) for n in range(3)])
    cursor = database.read(end)
    database.write(lambda tx: append(tx, "y", 2.0))
    new, _ = database.read(lambda tx: after(tx, cursor))
    assert [event.kind for event in new] == ["y"]


def test_what_was_seen_of_items_is_listed_by_kind_and_repository(database: Database) -> None:
    def work(tx: object) -> None:
        for kind, repository, item in (("a", 1, 5), ("a", 1, None), ("b", 1, 6), ("a", 2, 7), ("a", 1, 8)):
            append(tx, kind, 1.0, about=Subject(repository, item))

    database.write(work)
    assert [item for item, _ in database.read(lambda tx: seen(tx, "a", 1))] == [5, 8]


def test_an_event_dies_with_its_transaction(database: Database) -> None:
    def broken(tx: object) -> None:
        append(tx, "never", 1.0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.write(broken)
    assert database.read(history) == []


def test_an_oversized_event_is_refused(database: Database) -> None:
    with pytest.raises(Invalid):
        database.write(lambda tx: append(tx, "big", 1.0, text="x" * 40_000))


def test_a_slow_transaction_loses_no_event(postgres: Database) -> None:
    """On PostgreSQL sequence numbers become visible out of order; comparing them alone loses events."""
    opened, finish = threading.Event(), threading.Event()

    def slow(tx: object) -> None:
        append(tx, "slow", 1.0)
        opened.set()
        assert finish.wait(10)

    thread = threading.Thread(target=lambda: postgres.write(slow))
    thread.start()
    assert opened.wait(10)
    postgres.write(lambda tx: append(tx, "fast", 2.0))
    early, cursor = postgres.read(lambda tx: after(tx, Cursor()))
    finish.set()
    thread.join()
    late, _ = postgres.read(lambda tx: after(tx, cursor))
    assert sorted(event.kind for event in early + late) == ["fast", "slow"]
