"""References inside of a tree, to nothing, in circles, out of it and to other hosts."""

from pathlib import Path

import pytest

from windlass.papers.references import Elsewhere, Missing, Shelf, nodes, pointer, references
from windlass.papers.walk import walk


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    files = {
        "api/a.yaml": "x: {y: [1, {z~/: 2}], loop: {$ref: '#/x/loop'}, on: {$ref: 'sub/b.yaml#/deep'}}\n"
        "$defs: {n: {$anchor: named}}\n",
        "api/sub/b.yaml": "deep: {er: {$ref: '../a.yaml#/x/y/0'}}\n",
        "top.json": '{"t": 1}',
        "bad.yaml": "a: [",
        "notes.txt": "",
        "home.json": '{"$id": "https://example.org/s/home.json"}',
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "away").symlink_to("/etc")
    return Shelf(walk(str(tmp_path)))


@pytest.mark.parametrize(
    ("ref", "value"),
    [
        ("#/x/y/0", 1),
        ("#/x/y/1/z~0~1", 2),
        ("#/x/y/1/z%7E0~1", 2),
        ("../top.json#/t", 1),
        ("../top.json", {"t": 1}),
        ("#named", {"$anchor": "named"}),
        ("#/x/on/er", {"$ref": "../a.yaml#/x/y/0"}),
        ("../top.json#/", {"t": 1}),
    ],
)
def test_it_leads_there(shelf: Shelf, ref: str, value: object) -> None:
    assert shelf.find(shelf.get("api/a.yaml"), ref).value == value


@pytest.mark.parametrize(
    ("ref", "rule"),
    [
        ("#/x/gone", "missing-reference"),
        ("#/x/y/9", "missing-reference"),
        ("#/x/y/0/a", "missing-reference"),
        ("#unnamed", "missing-reference"),
        ("gone.yaml", "missing-reference"),
        ("../bad.yaml#/a", "missing-reference"),
        ("../../../etc/passwd", "reference-outside"),
        ("#/x/loop", "reference-loop"),
    ],
)
def test_it_leads_nowhere(shelf: Shelf, ref: str, rule: str) -> None:
    paper = shelf.get("api/a.yaml")
    with pytest.raises(Missing) as found:
        shelf.end(paper, {"$ref": ref})
    assert found.value.rule == rule


@pytest.mark.parametrize("ref", ["https://example.org/a.yaml", "//h/a", "../away/b.yaml", "../notes.txt"])
def test_nobody_can_say(shelf: Shelf, ref: str) -> None:
    with pytest.raises(Elsewhere):
        shelf.find(shelf.get("api/a.yaml"), ref)
    with pytest.raises(Elsewhere):
        shelf.find(shelf.get("home.json"), "sibling.json")


def test_what_stands_beside_a_reference_is_there_without_it(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}}')
    shelf = Shelf(walk(str(tmp_path)))
    assert shelf.end(shelf.get("a.json"), {"$ref": "#/$defs/a"}).value == {"type": "object"}


def test_data_holds_no_references_and_names_are_no_keywords() -> None:
    document = {
        "properties": {"example": {"$ref": "#/a"}, "$ref": {"type": "string"}},
        "example": {"$ref": "no"},
        "enum": [{"$ref": "no"}],
        "examples": {"e": {"$ref": "#/e"}, "f": {"value": {"$ref": "no"}}},
    }
    assert sorted(ref for _, ref in references(document)) == ["#/a", "#/e"]
    assert [pointer(steps) for steps, _ in references({"a/b": [{"$ref": "x"}]})] == ["/a~1b/*/$ref"]
    again: dict[str, object] = {"a": {}}
    assert len(list(nodes({"x": again, "y": again}))) == 3
