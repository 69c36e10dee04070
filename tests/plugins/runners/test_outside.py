"""Agents outside: what they take, and that they must have a lane of their own."""

import pytest

from windlass.dispatch import RUNNERS, Offer
from windlass.kernel import Invalid, Tools

TOOLS = Tools(lambda: 1.0, lambda *a, **k: None, str)


def test_it_takes_what_its_lists_name_and_works_nowhere_here() -> None:
    made = RUNNERS.open("outside", {"lane": "backend", "sources": ("comments",), "rules": ("TO*",)}, TOOLS)
    assert made.lane == "backend"
    assert not hasattr(made, "work")
    assert made.accepts(Offer("comments", "TODO", "debt", False, ("a",)))
    assert not made.accepts(Offer("comments", "FIXME", "bug", False, ("a",)))
    assert not made.accepts(Offer("ruff", "TOO1", "debt", False, ("a",)))


@pytest.mark.parametrize("settings", [{}, {"lane": ""}, {"lane": " "}, {"lane": 3}])
def test_without_a_lane_it_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="lane"):
        RUNNERS.open("outside", settings, TOOLS)
