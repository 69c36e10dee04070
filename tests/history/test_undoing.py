"""Back and forth through the operation log, on both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.history.conftest import Desk

from windlass import backlog, events, history
from windlass.backlog import ItemState
from windlass.backlog.undoing import ITEM_THING
from windlass.history import Act, Operation, OperationState
from windlass.kernel import Conflict, Denied, NotFound
from windlass.store import Transaction

THINGS = [ITEM_THING]


def undo(desk: Desk, number: int | None = None, actor: str = "ann") -> Operation:
    return desk.database.write(
        lambda tx: history.undo(tx, THINGS, number, actor, repository=desk.repository)
    ).operation


def redo(desk: Desk, number: int | None = None, actor: str = "ann") -> Operation:
    return desk.database.write(
        lambda tx: history.redo(tx, THINGS, number, actor, repository=desk.repository)
    ).operation


def test_undo_twice_goes_back_two_steps_and_redo_forward_again(desk: Desk) -> None:
    item = desk.add("One")
    desk.title(item, "Two")
    desk.title(item, "Three")
    undo(desk)
    assert desk.item(item).title == "Two"
    undo(desk)
    assert desk.item(item).title == "One"
    redo(desk)
    assert desk.item(item).title == "Two"
    redo(desk)
    assert desk.item(item).title == "Three"
    with pytest.raises(NotFound, match="undone nothing"):
        redo(desk)


def test_undoing_everything_ends_with_a_word(desk: Desk) -> None:
    item = desk.add()
    undo(desk)
    assert desk.item(item).state is ItemState.DECLINED
    with pytest.raises(NotFound, match="nothing here"):
        undo(desk)
    redo(desk)
    assert desk.item(item).state is ItemState.OPEN
    assert desk.item(item).closed_at is None


def test_an_older_operation_may_be_undone_by_its_number(desk: Desk) -> None:
    item = desk.add("One")
    titled = desk.title(item, "Two")
    scored = desk.score(item, 13)
    assert titled is not None
    assert scored is not None
    undo(desk, titled.id)
    assert (desk.item(item).title, desk.item(item).value) == ("One", 13)
    with pytest.raises(Conflict, match="undone already"):
        undo(desk, titled.id)
    with pytest.raises(Conflict, match="is not undone"):
        redo(desk, scored.id)
    with pytest.raises(NotFound):
        undo(desk, 999)


def test_later_changes_refuse_it_and_are_named(desk: Desk) -> None:
    item = desk.add("One")
    first = desk.title(item, "Two")
    later = desk.title(item, "Three", actor="bob")
    assert first is not None
    assert later is not None
    with pytest.raises(
        Conflict, match=rf"title of item {item} by operation {later.id} \(backlog edit by bob\)"
    ):
        undo(desk)
    assert desk.item(item).title == "Three"
    undo(desk, actor="bob")
    undo(desk)
    assert desk.item(item).title == "One"


def test_what_windlass_did_since_is_named_by_its_events(desk: Desk) -> None:
    item = desk.add()
    desk.move(item, ItemState.DECLINED)
    desk.database.write(lambda tx: backlog.move_item(tx, item, ItemState.OPEN, tx.now(), reason="came back"))
    with pytest.raises(Conflict, match=r"state.* of item \d+ by item.open by windlass"):
        undo(desk)


def test_changes_of_other_columns_do_not_matter(desk: Desk) -> None:
    item = desk.add()
    before = desk.item(item).score
    desk.score(item, 8)
    desk.title(item, "Else", actor="bob")
    undo(desk)
    assert (desk.item(item).score, desk.item(item).title) == (before, "Else")


def test_one_clash_refuses_the_whole_operation(desk: Desk) -> None:
    one, two = desk.add("One"), desk.add("Two")

    def both(tx: Transaction) -> None:
        backlog.edit_item(tx, one, tx.now(), title="Uno")
        backlog.edit_item(tx, two, tx.now(), title="Due")

    desk.do("backlog import", both, one, two)
    desk.title(two, "Zwei", actor="bob")
    with pytest.raises(Conflict, match=f"item {two}"):
        undo(desk)
    assert desk.item(one).title == "Uno"


def test_undo_is_of_ones_own_operations(desk: Desk) -> None:
    item = desk.add("One", actor="bob")
    desk.title(item, "Two", actor="bob")
    with pytest.raises(NotFound, match="'ann' has done nothing"):
        undo(desk)
    mine = desk.database.read(history.operations)[0]
    assert undo(desk, mine.id).state is OperationState.UNDONE


def test_what_is_final_is_refused_and_says_what_instead(desk: Desk) -> None:
    desk.add()
    act = Act("task cancel", "ann", "task 3", desk.repository)
    made = desk.database.write(lambda tx: history.final(tx, act, "requeue it: windlass task requeue 3"))
    with pytest.raises(Denied, match=r"task cancel: task 3\) cannot be undone") as refused:
        undo(desk)
    assert "windlass task requeue 3" in refused.value.hint
    undo(desk, made.id - 1)


def test_turning_back_is_told(desk: Desk) -> None:
    item = desk.add("One")
    desk.title(item, "Two")
    undo(desk)
    redo(desk)
    kinds = [event.kind for event in desk.database.read(lambda tx: events.history(tx))]
    assert kinds[-4:] == ["item.edited", "operation.undone", "item.edited", "operation.redone"]


def test_a_state_comes_back_with_its_event(desk: Desk) -> None:
    item = desk.add()
    desk.move(item, ItemState.CLOSED)
    undo(desk)
    assert desk.item(item).state is ItemState.OPEN
    last = desk.database.read(lambda tx: events.history(tx, item=item))[-1]
    assert (last.kind, last.data["was"]) == ("item.open", "closed")


def test_many_undo_at_once_undo_it_once(desk: Desk) -> None:
    item = desk.add("One")
    made = desk.title(item, "Two")
    assert made is not None

    def attempt(_: int) -> bool:
        try:
            undo(desk, made.id)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, range(6))) == 1
    assert desk.item(item).title == "One"
