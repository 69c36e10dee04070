"""Schemas of different words that mean the same, and such that do not."""

from pathlib import Path
from typing import Any

import pytest

from windlass.papers.live.places import Left
from windlass.papers.live.raised import Norm, Side, without_null
from windlass.papers.references import Place, Shelf
from windlass.papers.text import Paper
from windlass.papers.walk import walk

NAMED = {
    "Word": {"type": "string", "maxLength": 9},
    "Thing": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
    "Self": {"allOf": [{"$ref": "#/x/Self"}, {"$ref": "#/x/Self"}]},
}


@pytest.fixture
def norm(tmp_path: Path) -> Any:
    shelf = Shelf(walk(str(tmp_path)))

    def made(schema: Any, kind: str = "openapi-3.1", *, wire: bool = False) -> Norm:
        paper = Paper("a.yaml", {"x": NAMED, "schema": schema}, "")
        side = Side(shelf, kind)
        found = side.norm(Place(paper, ("schema",), schema))
        return without_null(side, found) if wire else found

    return made


def shown(norm: Norm) -> Any:
    inner = {key: one.value for key, one in norm.inner.items()}
    ways = {key: [one.value for one in several] for key, several in norm.ways.items()}
    return norm.types, norm.enum, norm.required, dict(norm.words), inner, ways


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({}, True),
        ({"title": "T", "description": "d", "x-y": 1}, {}),
        ({"type": ["string"]}, {"type": "string", "minLength": 0}),
        ({"type": ["number", "integer"]}, {"type": "number"}),
        ({"const": 1}, {"enum": [1.0]}),
        ({"type": "string", "enum": ["a", "b"]}, {"enum": ["b", "a"]}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": ["null", "string"]}),
        ({"anyOf": [{"$ref": "#/x/Word"}, {"type": "null"}]}, {"type": ["string", "null"], "maxLength": 9}),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, {"enum": ["a", "b"]}),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, {"type": ["integer", "string"]}),
        ({"allOf": [{"$ref": "#/x/Word"}]}, {"$ref": "#/x/Word"}),
        ({"$ref": "#/x/Word", "minLength": 1}, {"type": "string", "minLength": 1, "maxLength": 9}),
        ({"$ref": "#/x/Word", "description": "d"}, {"$ref": "#/x/Word"}),
        ({"type": "integer", "exclusiveMinimum": 0}, {"type": "integer", "minimum": 1}),
        ({"type": "object", "additionalProperties": True}, {"type": "object"}),
        ({"type": "array", "items": {}}, {"type": "array"}),
        (
            {"allOf": [{"$ref": "#/x/Thing"}, {"required": ["b"], "properties": {"b": {"type": "integer"}}}]},
            {
                "type": "object",
                "required": ["b", "a"],
                "properties": {"b": {"type": "integer"}, "a": {"type": "string"}},
            },
        ),
        (
            {"type": "string", "contentMediaType": "application/octet-stream"},
            {"type": "string", "format": "binary"},
        ),
        ({"type": "string", "contentEncoding": "base64"}, {"type": "string", "format": "byte"}),
    ],
)
def test_they_mean_the_same(norm: Any, one: Any, two: Any) -> None:
    assert shown(norm(one)) == shown(norm(two))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"allOf": [{"$ref": "#/x/Word"}], "nullable": True}, {"type": ["string", "null"], "maxLength": 9}),
        ({"enum": ["a"], "nullable": True}, {"enum": ["a", None]}),
        ({"minimum": 0, "exclusiveMinimum": True}, {"exclusiveMinimum": 0}),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": False}, {"type": "number", "minimum": 0}),
        ({"$ref": "#/x/Word", "minLength": 1}, {"$ref": "#/x/Word"}),
        ({"type": "file"}, {"type": "string", "format": "binary"}),
    ],
)
def test_what_older_versions_say(norm: Any, old: Any, new: Any) -> None:
    assert shown(norm(old, "openapi-3.0")) == shown(norm(new))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"type": "string"}, {}),
        ({"const": 1}, {"const": True}),
        ({"const": 1}, {"const": "1"}),
        ({"type": "number", "exclusiveMinimum": 0}, {"type": "number"}),
        ({"type": "number", "exclusiveMinimum": 0}, {"type": "number", "minimum": 1}),
        ({"type": "object", "additionalProperties": False}, {"type": "object"}),
        (
            {"allOf": [{"$ref": "#/x/Thing"}, {"properties": {"b": {}}, "additionalProperties": False}]},
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {}},
             "additionalProperties": False},
        ),
        ({"allOf": [{"minLength": 1}, {"minLength": 2}]}, {"minLength": 1}),
        (False, True),
    ],
)  # fmt: skip
def test_they_do_not(norm: Any, one: Any, two: Any) -> None:
    assert shown(norm(one)) != shown(norm(two))


def test_what_cannot_be_null_is_without_it(norm: Any) -> None:
    assert norm({"type": ["string", "null"], "default": None}, wire=True) == norm({"type": "string"})
    several = {"anyOf": [{"$ref": "#/x/Thing"}, {"$ref": "#/x/Word"}, {"type": "null"}]}
    assert len(norm(several).ways["anyOf"]) == 3
    assert len(norm(several, wire=True).ways["anyOf"]) == 2
    assert norm({"enum": ["a", None]}, wire=True).enum == {'"a"'}


def test_a_schema_that_stands_for_itself_has_no_form(norm: Any) -> None:
    with pytest.raises(Left):
        norm({"$ref": "#/x/Self"})


def test_many_that_hold_each_other_twice_are_raised_once(norm: Any) -> None:
    deep: Any = {"type": "string"}
    for _ in range(18):
        deep = {"allOf": [deep, deep]}
    assert norm(deep).types == {"string"}
    deeper: Any = {"type": "string"}
    for _ in range(60):
        deeper = {"allOf": [deeper]}
    with pytest.raises(Left):
        norm(deeper)
