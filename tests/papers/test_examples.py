"""Examples and defaults: which do not fit, and which only seem so."""

from pathlib import Path
from typing import Any

import pytest

from windlass.papers.examples import lenient, misfits
from windlass.papers.references import Shelf, pointer
from windlass.papers.text import Paper
from windlass.papers.walk import walk


def told(tmp_path: Path, value: Any, kind: str) -> list[str]:
    paper = Paper("a.yaml", value, "")
    return [pointer(steps) for steps, _ in misfits(Shelf(walk(str(tmp_path))), paper, kind)]


def schemas(**named: Any) -> dict[str, Any]:
    return {"components": {"schemas": named}}


@pytest.mark.parametrize(
    ("schema", "kind", "wrong"),
    [
        ({"type": "string", "example": 1}, "openapi-3.0", True),
        ({"type": "string", "example": None}, "openapi-3.0", True),
        ({"type": "string", "nullable": True, "example": None}, "openapi-3.0", False),
        ({"allOf": [{"type": "string"}], "nullable": True, "example": None}, "openapi-3.0", False),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": True, "default": 0}, "openapi-3.0", True),
        ({"type": "file", "default": 1}, "swagger-2", False),
        ({"type": "integer", "examples": [1, "x"]}, "openapi-3.1", True),
        ({"type": ["integer", "null"], "default": None}, "openapi-3.1", False),
        (
            {
                "type": "object",
                "required": ["id"],
                "properties": {"id": {"type": "integer", "readOnly": True}},
                "example": {},
            },
            "openapi-3.0",
            False,
        ),
        ({"type": "object", "example": '{"a": 1}'}, "openapi-3.0", False),
        ({"$ref": "https://example.org/x.json", "type": "string", "default": 1}, "openapi-3.1", False),
        ({"allOf": [{"$ref": "#/components/schemas/Other"}], "example": {"n": "x"}}, "openapi-3.0", True),
        ({"type": "string", "pattern": "(", "default": "a"}, "asyncapi-3", False),
    ],
)
def test_a_schema_and_its_own_example(tmp_path: Path, schema: Any, kind: str, wrong: bool) -> None:
    other = {"type": "object", "properties": {"n": {"type": "integer"}}}
    assert bool(told(tmp_path, schemas(One=schema, Other=other), kind)) is wrong


def test_parameters_and_media_types_have_examples_beside_their_schema(tmp_path: Path) -> None:
    wants = {
        "schema": {"type": "integer"},
        "example": "x",
        "examples": {"e": {"value": "y"}, "f": {"value": 2}},
    }
    content = {"application/json": wants, "text/csv": {**wants}}
    found = told(tmp_path, {"paths": {"/a": {"get": {"requestBody": {"content": content}}}}}, "openapi-3.1")
    assert sorted(one.rpartition("json/")[2] for one in found) == ["example", "examples/e/value"]


def test_messages_have_examples_of_their_payload(tmp_path: Path) -> None:
    message = {"payload": {"type": "string"}, "examples": [{"payload": 1}, {"payload": "x"}]}
    found = told(tmp_path, {"components": {"messages": {"m": message}}}, "asyncapi-3")
    assert found == ["/components/messages/m/examples/*/payload"]


def test_schemas_of_other_files_are_found_in_the_tree(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("B: {type: object, properties: {n: {type: integer}}}\n")
    one = {"allOf": [{"$ref": "b.yaml#/B"}], "default": {"n": "x"}}
    assert told(tmp_path, schemas(One=one), "openapi-3.1") == ["/components/schemas/One/default"]


def test_words_of_openapi_are_put_in_those_of_draft_4() -> None:
    said = {"type": "string", "nullable": True, "enum": ["a"]}
    assert lenient(said, nullable=True) == {"type": ["string", "null"], "nullable": True, "enum": ["a", None]}
    assert lenient(said, nullable=False) == said
