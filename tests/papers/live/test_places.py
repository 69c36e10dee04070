"""From place to place in a document."""

from pathlib import Path

import pytest

from windlass.papers.live.places import Left, below, each, end
from windlass.papers.references import Missing, Place, Shelf
from windlass.papers.walk import walk


@pytest.fixture
def top(tmp_path: Path) -> tuple[Shelf, Place]:
    (tmp_path / "a.yaml").write_text(
        "a: {b: {$ref: 'b.yaml#/x'}}\nlist: [{$ref: '#/a'}, 2]\nlost: {$ref: '#/none'}\n"
    )
    (tmp_path / "b.yaml").write_text("x: {y: {$ref: '#/z'}}\nz: 1\n")
    shelf = Shelf(walk(str(tmp_path)))
    return shelf, Place(shelf.get("a.yaml"), (), shelf.get("a.yaml").value)


def test_references_are_followed_on_the_way(top: tuple[Shelf, Place]) -> None:
    shelf, place = top
    found = below(shelf, place, "a", "b", "y")
    assert found is not None
    assert (found.paper.path, found.steps, found.value) == ("b.yaml", ("z",), 1)
    assert below(shelf, place, "a", "c", "d") is None
    assert below(shelf, None, "a") is None
    assert end(shelf, place) == place


def test_what_leads_nowhere_is_said(top: tuple[Shelf, Place]) -> None:
    shelf, place = top
    with pytest.raises(Missing):
        below(shelf, place, "lost")


def test_lists_and_mappings_are_walked_within_bounds(top: tuple[Shelf, Place]) -> None:
    shelf, place = top
    several = below(shelf, place, "list")
    assert [one.steps for one in each(shelf, several, most=2)] == [("a",), ("list", 1)]
    assert [one.steps for one in each(shelf, below(shelf, place, "a"), most=2)] == [("x",)]
    assert list(each(shelf, None, most=2)) == []
    with pytest.raises(Left):
        list(each(shelf, several, most=1))
