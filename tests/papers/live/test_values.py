"""What is sent: what a contract tells, what was learned, or what its schemas allow."""

from pathlib import Path
from typing import Any

import pytest
from tests.papers.live.shop import laid

from windlass.papers.live.calls import FORM, contract, operations
from windlass.papers.live.target import Ask
from windlass.papers.live.values import Call, Finder, Origin, Unasked


def finder(tmp_path: Path, told: Any, path: str = "/a", method: str = "get", **more: Any) -> Finder:
    document = {"openapi": "3.1.0", "paths": {path: {method: told}}, **more}
    return Finder(contract(*laid(tmp_path, document), "openapi-3.1"))


def call(found: Finder) -> Call:
    return found.call(next(operations(found.contract)))


def asked(tmp_path: Path, *parameters: Any, path: str = "/a") -> Ask:
    return call(finder(tmp_path, {"parameters": list(parameters)}, path)).ask()


def posted(tmp_path: Path, body: Any, **more: Any) -> Ask:
    return call(finder(tmp_path, {"requestBody": body}, method="post", **more)).ask()


def query(required: bool = True, **more: Any) -> dict[str, Any]:
    return {"name": "q", "in": "query", "required": required, **more}


@pytest.mark.parametrize(
    ("parameter", "target"),
    [
        (query(schema={"type": "integer"}, example=5), "/a?q=5"),
        (query(schema={"type": "integer"}, example="five"), "/a?q=1"),
        (query(schema={"type": "integer"}, examples={"e": {"value": 6}}), "/a?q=6"),
        (query(schema={"type": "integer", "examples": [7]}), "/a?q=7"),
        (query(schema={"type": "integer", "default": 8}), "/a?q=8"),
        (query(schema={"enum": ["b", "c"]}), "/a?q=b"),
        (query(schema={"type": ["null", "boolean"]}), "/a?q=true"),
        (query(schema={"type": "array", "items": {"enum": [1]}}), "/a?q=1"),
        (query(), "/a?q=windlass"),
        (query(False, schema={"type": "integer", "default": 8}), "/a"),
        (query(False, schema={"type": "integer", "example": 9}), "/a?q=9"),
        (query(False, schema={"$ref": "#/components/x"}), "/a"),
        (query(False, schema={"type": "integer"}, example=2), "/a?q=2"),
        (query(False, schema={"type": "integer"}, example="two"), "/a"),
    ],
)
def test_parameters(tmp_path: Path, parameter: Any, target: str) -> None:
    assert asked(tmp_path, parameter).target == target


def test_headers_and_cookies(tmp_path: Path) -> None:
    several = [{"name": name, "in": where, "required": True, "schema": {"const": f"{name}!"}}
               for name, where in (("X-A", "header"), ("b", "cookie"), ("c", "cookie"))]  # fmt: skip
    assert asked(tmp_path, *several).headers == {"Accept": "*/*", "X-A": "X-A!", "Cookie": "b=b!; c=c!"}
    found = finder(tmp_path, {"parameters": several})
    found.sent = frozenset({"x-a", "cookie"})
    assert call(found).ask().headers == {"Accept": "*/*"}


@pytest.mark.parametrize(
    "parameter",
    [
        query(schema={"type": "string", "minLength": 2, "maxLength": 1}),
        query(schema={"not": {}}),
        query(schema={"type": 7}),
        query(schema={"type": "null"}),
        {"name": "X", "in": "header", "required": True, "schema": {"const": "a\r\nb"}},
        {"name": "X Y", "in": "header", "required": True, "schema": {"const": "a"}},
        query(schema={"const": "x" * 9_000}),
    ],
)
def test_what_nothing_fits_is_not_asked(tmp_path: Path, parameter: Any) -> None:
    with pytest.raises(Unasked):
        asked(tmp_path, parameter)


def test_why_a_schema_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unasked, match=r"no value is known for query 'q': its schema, .* cannot be used"):
        asked(tmp_path, query(schema={"type": 7}))
    with pytest.raises(Unasked, match="'id': it is not declared"):
        asked(tmp_path, path="/a/{id}")


@pytest.mark.parametrize(
    ("schema", "learned", "target", "origin"),
    [
        ({"type": "integer"}, 7, "/a/7", Origin.LEARNED),
        ({"type": "string"}, 7, "/a/7", Origin.LEARNED),
        ({"type": "integer"}, "7", "/a/7", Origin.LEARNED),
        ({"type": "integer"}, "seven", "/a/1", Origin.MADE),
        ({"type": "string", "example": "e"}, "l", "/a/l", Origin.LEARNED),
        ({"type": "string", "example": "e"}, None, "/a/e", Origin.TOLD),
        ({"type": "string"}, "../b", "/a/..%2Fb", Origin.LEARNED),
        ({"type": "string"}, "..", "/a/windlass", Origin.MADE),
    ],
)
def test_parts_of_a_path(tmp_path: Path, schema: Any, learned: Any, target: str, origin: Origin) -> None:
    parameter = {"name": "id", "in": "path", "required": True, "schema": schema}
    found = finder(tmp_path, {"parameters": [parameter]}, "/a/{id}")
    if learned is not None:
        found.learned.learn("/a", [], [{"id": learned}], created=False)
    made = call(found)
    assert made.ask().target == target
    assert [value.origin for _, value in made.filled] == [origin]
    assert made.invented is (origin is Origin.MADE)


@pytest.mark.parametrize(
    ("content", "written"),
    [
        ({"application/json": {"schema": {"type": "object", "required": ["a"]}}}, b'{"a": "windlass"}'),
        ({"application/json": {"schema": {"type": "object"}, "example": '{"a": 1}'}}, b'{"a": 1}'),
        ({"application/json": {}}, b"{}"),
        ({"application/xml": {}, FORM: {"schema": {"const": {"a": 1}}}}, b"a=1"),
        ({"application/xml": {"example": "<a/>"}}, b"<a/>"),
    ],
)
def test_bodies(tmp_path: Path, content: Any, written: bytes) -> None:
    assert posted(tmp_path, {"required": True, "content": content}).body == written


def test_a_body_that_nobody_can_write_is_left_out_where_it_may_be(tmp_path: Path) -> None:
    content = {"application/json": {"schema": False}, "application/xml": {"schema": {"type": "object"}}}
    assert posted(tmp_path, {"content": content}).body is None
    with pytest.raises(Unasked):
        posted(tmp_path, {"required": True, "content": content})


def test_keys_of_others_in_a_body_are_those_that_were_learned(tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["petId"], "properties": {"petId": {"type": "integer"}}}
    told = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
    found = finder(tmp_path, told, method="post")
    found.learned.learn("/pets", [], [{"id": 77}], created=False)
    assert call(found).ask().body == b'{"petId": 77}'


def test_a_fragment_of_a_path_is_not_sent_and_its_query_is(tmp_path: Path) -> None:
    assert asked(tmp_path, query(example="1"), path="/a b?Action=Do#first").target == "/a%20b?Action=Do&q=1"
