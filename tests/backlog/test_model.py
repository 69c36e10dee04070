"""The life of an item."""

import pytest

from windlass.backlog.model import ITEM, ItemState
from windlass.kernel.states import IllegalMove


def test_every_state_is_reachable_and_none_is_a_dead_end() -> None:
    reached, front = {ItemState.OPEN}, {ItemState.OPEN}
    while front:
        front = {new for old in front for new in ITEM.moves[old]} - reached
        reached |= front
    assert reached == set(ItemState)
    assert not any(ITEM.final(state) for state in ItemState)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("closed", "active"),
        ("declined", "routed"),
        ("proposed", "active"),
        ("waiting", "active"),
        ("open", "active"),
    ],
)
def test_nothing_is_worked_on_past_the_gate(old: str, new: str) -> None:
    with pytest.raises(IllegalMove):
        ITEM.check(ItemState(old), ItemState(new))
