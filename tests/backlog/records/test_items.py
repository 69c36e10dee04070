"""Repositories and items on both databases: conditional, on the scale, with their events."""

import pytest

from windlass import events
from windlass.backlog import (
    Draft,
    Item,
    ItemState,
    Repository,
    Score,
    add_item,
    edit_item,
    item,
    items,
    move_item,
    repositories,
    route_item,
    set_score,
    tend,
)
from windlass.backlog.model import Urgency
from windlass.backlog.records.items import repository, set_slice
from windlass.kernel import Conflict, Invalid, NotFound
from windlass.kernel.states import IllegalMove
from windlass.store import Database


@pytest.fixture
def repo(database: Database) -> Repository:
    return database.write(lambda tx: tend(tx, "thing", "/home/u/thing", "main", 1.0))


@pytest.fixture
def entry(database: Database, repo: Repository) -> Item:
    return database.write(lambda tx: add_item(tx, repo.id, Draft("manual/1", "Say hello"), 10.0, actor="ann"))


def kinds(database: Database) -> list[str]:
    return database.read(lambda tx: [e.kind for e in events.history(tx)])


def test_tending_twice_is_one_repository_and_a_taken_name_gets_a_number(
    database: Database, repo: Repository
) -> None:
    again = database.write(lambda tx: tend(tx, "thing", "/home/u/thing", "trunk", 2.0))
    other = database.write(lambda tx: tend(tx, "thing", "/srv/thing", "main", 3.0))
    assert (again.id, again.main) == (repo.id, "trunk")
    assert other.name == "thing-2"
    assert [r.id for r in database.read(repositories)] == [repo.id, other.id]
    assert kinds(database) == ["repository.tended"] * 2


def test_what_is_not_there_is_said(database: Database, repo: Repository) -> None:
    for ask in (lambda tx: repository(tx, 99), lambda tx: item(tx, 99), lambda tx: set_slice(tx, 99, 1)):
        with pytest.raises(NotFound):
            database.write(ask)


def test_an_item_is_added_once_with_a_default_score(
    database: Database, repo: Repository, entry: Item
) -> None:
    assert (entry.state, entry.source, entry.scored_by, entry.score) == (
        ItemState.OPEN, "manual", "default", Score(5, 2, 1, 8),
    )  # fmt: skip
    with pytest.raises(Conflict):
        database.write(lambda tx: add_item(tx, repo.id, Draft("manual/1", "Again"), 11.0))
    with pytest.raises(Invalid):
        database.write(
            lambda tx: add_item(tx, repo.id, Draft("manual/2", "Off", score=Score(4, 1, 1, 1)), 11.0)
        )
    assert len(database.read(lambda tx: items(tx, repo.id))) == 1


def test_moves_are_conditional_and_leave_their_event(database: Database, entry: Item) -> None:
    moved = database.write(
        lambda tx: move_item(tx, entry.id, ItemState.ROUTED, 20.0, expected=ItemState.OPEN)
    )
    assert (moved.state, moved.updated_at) == (ItemState.ROUTED, 20.0)
    with pytest.raises(Conflict):
        database.write(lambda tx: move_item(tx, entry.id, ItemState.ACTIVE, 21.0, expected=ItemState.OPEN))
    with pytest.raises(IllegalMove):
        database.write(lambda tx: move_item(tx, entry.id, ItemState.PROPOSED, 21.0))
    done = database.write(
        lambda tx: move_item(tx, entry.id, ItemState.DECLINED, 22.0, reason="no", actor="ann")
    )
    assert (done.closed_at, done.reason) == (22.0, "no")
    assert kinds(database)[-2:] == ["item.routed", "item.declined"]
    opened = database.write(lambda tx: move_item(tx, entry.id, ItemState.OPEN, 23.0))
    assert opened.closed_at is None


def test_a_persons_score_is_kept_with_their_name(database: Database, entry: Item) -> None:
    scored = database.write(lambda tx: set_score(tx, entry.id, Score(13, 8, 5, 1), 30.0, by="ann"))
    assert (scored.score, scored.scored_by) == (Score(13, 8, 5, 1), "ann")
    with pytest.raises(Invalid):
        database.write(lambda tx: set_score(tx, entry.id, Score(13, 8, 5, 4), 31.0, by="ann"))
    event = database.read(lambda tx: events.history(tx, item=entry.id))[-1]
    assert (event.kind, event.actor, event.data["score"]) == ("item.scored", "ann", [13, 8, 5, 1])


def test_editing_changes_what_is_given_and_nothing_else(database: Database, entry: Item) -> None:
    edited = database.write(lambda tx: edit_item(tx, entry.id, 40.0, title="Wave", labels=["kind"]))
    assert (edited.title, edited.labels, edited.text) == ("Wave", ("kind",), entry.text)
    assert database.read(lambda tx: item(tx, entry.id)) == edited
    before = len(kinds(database))
    same = database.write(lambda tx: edit_item(tx, entry.id, 41.0, title="Wave"))
    assert (same.updated_at, len(kinds(database))) == (40.0, before)


@pytest.mark.parametrize(
    "wrong", [{"title": "  "}, {"urgency": Urgency.FIXED_DATE}, {"boost": 0.0}, {"boost": 11.0}]
)
def test_nonsense_is_refused(database: Database, entry: Item, wrong: dict) -> None:
    with pytest.raises(Invalid):
        database.write(lambda tx: edit_item(tx, entry.id, 40.0, **wrong))


def test_routes_and_slices_are_kept(database: Database, entry: Item) -> None:
    database.write(lambda tx: route_item(tx, entry.id, "auto", ["small", "safe"], 50.0, files=10))
    kept = database.read(lambda tx: item(tx, entry.id))
    assert (kept.route, kept.route_reasons, kept.slice_files) == ("auto", ("small", "safe"), 10)
    with pytest.raises(Invalid):
        database.write(lambda tx: set_slice(tx, entry.id, 0))


def test_text_no_database_takes_is_made_takeable(database: Database, repo: Repository) -> None:
    odd = database.write(lambda tx: add_item(tx, repo.id, Draft("k", "a\0b \udce9"), 1.0))
    assert odd.title == "ab ?"
