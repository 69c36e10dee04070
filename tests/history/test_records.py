"""The operation log as it is listed."""

import pytest
from tests.history.conftest import Desk

from windlass import history
from windlass.backlog.undoing import ITEM_THING
from windlass.history.records import put
from windlass.kernel import NotFound


def test_operations_are_listed_newest_first_and_by_repository(desk: Desk) -> None:
    item = desk.add("One")
    desk.title(item, "Two")
    found = desk.database.read(lambda tx: history.operations(tx, desk.repository))
    assert [one.command for one in found] == ["backlog edit", "backlog add"]
    assert desk.database.read(lambda tx: history.operations(tx, desk.repository + 1)) == []
    assert len(desk.database.read(lambda tx: history.operations(tx, limit=1))) == 1


def test_a_number_that_nobody_has_is_said_so(desk: Desk) -> None:
    with pytest.raises(NotFound, match="no operation 5") as error:
        desk.database.read(lambda tx: history.operation(tx, 5))
    assert "op log" in error.value.hint


def test_a_row_that_is_gone_cannot_be_put_back(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.database.write(lambda tx: put(tx, ITEM_THING, 77, {"title": "x"}, 1.0))
