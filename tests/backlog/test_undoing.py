"""What of an item comes back when an operation is undone."""

import pytest

from windlass.backlog import ItemState
from windlass.backlog.undoing import ITEM_THING


@pytest.mark.parametrize("state", list(ItemState))
def test_work_in_progress_comes_back_as_open(state: ItemState) -> None:
    by_hand = state in (ItemState.OPEN, ItemState.CLOSED, ItemState.DECLINED)
    settled = ITEM_THING.settle({"state": state.value, "closed_at": None})
    assert settled["state"] == (state.value if by_hand else "open")


def test_an_item_that_was_never_added_is_a_declined_one() -> None:
    assert ITEM_THING.absent is not None
    image = ITEM_THING.absent(7.0, "ann")
    assert (image["state"], image["closed_at"]) == ("declined", 7.0)
    assert "ann" in str(image["reason"])
