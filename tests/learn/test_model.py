"""When a run had nothing to do."""

from dataclasses import replace

import pytest
from tests.learn.test_render import EMPTY, FULL

from windlass.learn.model import Section


@pytest.mark.parametrize("section", ["done", "delivered", "ranked"])
def test_work_of_any_kind_is_not_idle(section: str) -> None:
    assert EMPTY.idle
    assert not replace(EMPTY, **{section: getattr(FULL, section)}).idle


@pytest.mark.parametrize("change", [{"actionable": False}, {"state": "waiting"}, {"state": "blocked"}])
def test_items_nobody_can_take_are_idle(change: dict[str, object]) -> None:
    row = replace(FULL.ranked.rows[0], **change)
    assert replace(EMPTY, ranked=Section("items", (row,))).idle
