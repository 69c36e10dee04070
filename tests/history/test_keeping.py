"""Commands are recorded in their own transaction, and only what they changed."""

import pytest
from tests.history.conftest import Desk

from windlass import backlog, events, history
from windlass.backlog import ItemState
from windlass.backlog.undoing import ITEM_THING
from windlass.history import Act, OperationState, final, recording
from windlass.history.records import SIZE_MAX
from windlass.kernel import Conflict
from windlass.store import Transaction


def test_only_the_columns_that_changed_are_kept(desk: Desk) -> None:
    item = desk.add("Old")
    made = desk.title(item, "New")
    assert made is not None
    assert [(c.thing, c.key, c.before, c.after) for c in made.changes] == [
        ("item", item, {"title": "Old"}, {"title": "New"})
    ]
    assert (made.command, made.actor, made.state) == ("backlog edit", "ann", OperationState.DONE)


def test_a_command_that_changed_nothing_is_no_operation(desk: Desk) -> None:
    item = desk.add("Same")
    assert desk.title(item, "Same") is None


def test_a_command_that_failed_is_no_operation(desk: Desk) -> None:
    item = desk.add()

    def work(tx: Transaction) -> None:
        with recording(tx, Act("x", "ann", "x", desk.repository), [(ITEM_THING, [item])]):
            backlog.edit_item(tx, item, tx.now(), title="Changed")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        desk.database.write(work)
    assert desk.item(item).title == "Tidy up"
    assert len(desk.database.read(history.operations)) == 1


def test_a_new_row_remembers_what_it_is_without_it(desk: Desk) -> None:
    desk.add()
    (made,) = desk.database.read(history.operations)
    (change,) = made.changes
    assert change.before["state"] == "declined"
    assert change.after["state"] == "open"


def test_watching_a_whole_repository_finds_new_and_changed_rows(desk: Desk) -> None:
    first = desk.add("One")

    def work(tx: Transaction) -> None:
        with recording(
            tx, Act("backlog import", "ann", "", desk.repository), [(ITEM_THING, None)]
        ) as running:
            backlog.edit_item(tx, first, tx.now(), title="Uno")
            draft = backlog.Draft(key="k", source="manual", rule="", category="feature", title="Two")
            backlog.add_item(tx, desk.repository, draft, tx.now())
            running.tells("2 changed")

    desk.database.write(work)
    made = desk.database.read(history.operations)[0]
    assert [sorted(one.after) for one in made.changes] == [["title"], ["closed_at", "reason", "state"]]
    assert made.summary == "2 changed"


def test_work_that_was_going_on_is_put_back_as_open(desk: Desk) -> None:
    item = desk.add()
    desk.database.write(lambda tx: backlog.move_item(tx, item, ItemState.WAITING, tx.now()))
    made = desk.move(item, ItemState.DECLINED)
    assert made is not None
    assert made.changes[0].before["state"] == "open"


def test_what_cannot_be_undone_says_what_to_do_instead(desk: Desk) -> None:
    act = Act("task cancel", "ann", "task 3", desk.repository)
    made = desk.database.write(lambda tx: final(tx, act, "file it again"))
    assert (made.state, made.instead, made.changes) == (OperationState.FINAL, "file it again", ())
    with pytest.raises(Conflict):
        desk.database.write(lambda tx: final(tx, act, ""))


def test_an_operation_is_an_event_too(desk: Desk) -> None:
    desk.add()
    told = desk.database.read(events.history)[-1]
    assert (told.kind, told.data["command"], told.data["undoable"]) == (
        "operation.recorded",
        "backlog add",
        True,
    )


def test_an_operation_too_large_to_keep_is_final(desk: Desk) -> None:
    item = desk.add()
    change = history.Change("item", item, {"text": "x" * SIZE_MAX}, {"text": ""})
    act = Act("backlog import", "ann", "", desk.repository)
    made = desk.database.write(lambda tx: history.records.insert(tx, act, [change], "", tx.now()))
    assert made.state is OperationState.FINAL
    assert "export" in made.instead


def test_work_in_progress_that_nobody_touched_is_no_change(desk: Desk) -> None:
    item = desk.add("Blocked")
    desk.database.write(lambda tx: backlog.move_item(tx, item, ItemState.BLOCKED, tx.now(), reason="later"))

    def work(tx: Transaction) -> bool:
        act = Act("backlog import", "ann", "", desk.repository)
        with recording(tx, act, [(ITEM_THING, None)]) as running:
            pass
        return running.operation is None

    assert desk.database.write(work)
