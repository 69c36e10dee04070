"""Values made from schemas: each is held against its schema here."""

import time
from pathlib import Path
from typing import Any

import pytest
from tests.papers.live.shop import laid

from windlass.papers.live.making import made
from windlass.papers.live.schemas import ASKED, Side, side
from windlass.papers.references import Place

TREE = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
    },
}
PETS = {
    "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
    "discriminator": {"propertyName": "kind", "mapping": {"dog!": "#/components/schemas/Dog"}},
}
CAT = {"type": "object", "required": ["kind", "lives"], "properties": {
    "kind": {"type": "string"}, "lives": {"type": "integer", "enum": [9]}}}  # fmt: skip
DOG = {"type": "object", "required": ["kind", "bark"], "properties": {
    "kind": {"type": "string"}, "bark": {"type": "boolean"}}}  # fmt: skip


def placed(tmp_path: Path, schema: Any, kind: str = "openapi-3.1", **named: Any) -> tuple[Side, Place]:
    document = {"components": {"schemas": {"One": schema, **named}}}
    one = side(*laid(tmp_path, document), kind, ASKED)
    value = one.paper.value["components"]["schemas"]["One"]
    return one, Place(one.paper, ("components", "schemas", "One"), value)


def first(tmp_path: Path, schema: Any, kind: str = "openapi-3.1", **named: Any) -> Any:
    one, place = placed(tmp_path, schema, kind, **named)
    return next(value for value, _ in made(one, place) if one.misfit(place, value) is None)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer", "example": 5}, 5),
        ({"type": "integer", "example": "five"}, 1),
        ({"type": "integer", "default": 7, "minimum": 8}, 8),
        ({"const": {"a": 1}}, {"a": 1}),
        ({"enum": [None, "b"]}, "b"),
        ({"type": ["null", "boolean"]}, True),
        ({"type": "null"}, None),
        ({"type": "array", "items": {"type": "integer"}}, [1]),
        ({"type": "array", "items": False}, []),
        ({"type": "array", "minItems": 3, "uniqueItems": True, "items": {"type": "integer"}}, [1, 2, 3]),
        ({"prefixItems": [{"const": "a"}, {}], "minItems": 3, "items": {"const": 5}}, ["a", "windlass", 5]),
        ({"type": "array", "contains": {"const": 4}}, [4]),
        ({"type": "object", "required": ["a"], "additionalProperties": {"type": "integer"}}, {"a": 1}),
        ({"type": "object", "minProperties": 2, "additionalProperties": {"const": 1}}, {"a": 1, "a1": 1}),
        ({"type": "object", "minProperties": 1, "properties": {"b": {"const": 1}}}, {"b": 1}),
        ({"patternProperties": {"^x$": {"const": 1}}, "minProperties": 1}, {"x": 1}),
        ({"properties": {"a": {}}}, {}),
        ({"allOf": [{"type": "integer", "minimum": 3}, {"multipleOf": 2}]}, 4),
        ({"anyOf": [{"type": "string", "minLength": 3, "maxLength": 2}, {"type": "integer"}]}, 1),
        ({"oneOf": [{"type": "number"}, {"type": "integer"}]}, None),
        ({"type": "integer", "oneOf": [{"minimum": 5}, {"maximum": 3}]}, 5),
        (True, "windlass"),
        ({}, "windlass"),
    ],
)  # fmt: skip
def test_small_values(tmp_path: Path, schema: Any, expected: Any) -> None:
    if expected is None and "oneOf" in schema:
        assert [value for value, _ in made(*placed(tmp_path, schema))] == [1]
    else:
        assert first(tmp_path, schema) == expected


def test_references_end(tmp_path: Path) -> None:
    assert first(tmp_path, {"$ref": "#/components/schemas/Tree"}, Tree=TREE) == {"name": "windlass"}
    itself = {"$ref": "#/components/schemas/One"}
    loop = {"type": "object", "required": ["next"], "properties": {"next": itself}}
    assert list(made(*placed(tmp_path, loop))) == []
    loop["properties"] = {"next": {"anyOf": [itself, {"type": "null"}]}}
    assert first(tmp_path, loop)["next"]
    assert list(made(*placed(tmp_path, {"$ref": "#/components/schemas/none"}))) == []
    assert [value for value, _ in made(*placed(tmp_path, itself))] in ([], ["windlass"])


def test_a_choice_behind_a_reference_is_made_once(tmp_path: Path) -> None:
    found = first(tmp_path, {"$ref": "#/components/schemas/Pets"}, Pets=PETS, Cat=CAT, Dog=DOG)
    assert found == {"kind": "Cat", "lives": 9}
    mapped = {**PETS, "oneOf": PETS["oneOf"][1:]}  # type: ignore[index]  # it is a list
    assert first(tmp_path, mapped, Cat=CAT, Dog=DOG) == {"kind": "dog!", "bark": True}


def test_what_an_answer_has_is_not_in_a_request(tmp_path: Path) -> None:
    schema = {
        "type": "object", "required": ["id", "word"], "minProperties": 1, "properties": {
            "id": {"type": "integer", "readOnly": True}, "word": {"type": "string", "writeOnly": True},
        },
    }  # fmt: skip
    assert first(tmp_path, schema, "openapi-3.0") == {"word": "windlass"}


def test_null_is_a_value_of_openapi_3_0_that_is_not_taken_first(tmp_path: Path) -> None:
    assert first(tmp_path, {"type": "string", "nullable": True}, "openapi-3.0") == "windlass"
    either = {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Cat"}]}
    assert first(tmp_path, either, "openapi-3.0", Cat=CAT) == {"kind": "windlass", "lives": 9}


def test_a_schema_says_whether_it_told_the_value_itself(tmp_path: Path) -> None:
    assert next(made(*placed(tmp_path, {"type": "string", "enum": ["a"]}))) == ("a", True)
    assert next(made(*placed(tmp_path, {"type": "object", "required": ["a"]}))) == ({"a": "windlass"}, False)


def test_exponential_schemas_end_soon(tmp_path: Path) -> None:
    wide = {
        f"N{n}": {
            "type": "object", "required": ["a", "b"],
            "properties": {key: {"$ref": f"#/components/schemas/N{n + 1}"} for key in "ab"},
        }
        for n in range(40)
    }  # fmt: skip
    choices = {
        f"C{n}": {"oneOf": [{"$ref": f"#/components/schemas/C{n + 1}"}] * 9} for n in range(40)
    }
    both = {f"B{n}": {"allOf": [{"$ref": f"#/components/schemas/B{n + 1}"}] * 3} for n in range(40)}
    began = time.monotonic()
    for start, named in (("N0", wide), ("C0", choices), ("B0", both)):
        list(made(*placed(tmp_path, {"$ref": f"#/components/schemas/{start}"}, **named)))
    assert time.monotonic() - began < 5
