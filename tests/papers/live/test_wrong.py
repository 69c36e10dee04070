"""Calls that a contract forbids."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.papers.live.shop import laid

from windlass.papers.live import wrong
from windlass.papers.live.calls import contract, operations
from windlass.papers.live.values import Finder


def made(tmp_path: Path, told: Any) -> list[tuple[str, Any]]:
    found = contract(*laid(tmp_path, {"paths": {"/a": {"post": told}}}), "openapi-3.1")
    call = Finder(found).call(next(operations(found)))
    return [(one.ask.target, json.loads(one.ask.body) if one.ask.body else None)
            for one in wrong.calls(found, call)]  # fmt: skip


def body(schema: Any) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def members(**named: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(named), "properties": named}


OTHER = {"windlass": 1}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (members(a={"type": "integer"}), [{}, {"a": OTHER}]),
        (members(a={"type": "object"}), [{}, {"a": "windlass"}]),
        (members(a={}), [{}]),
        (members(a={}, b={"type": "null"}), [{"b": None}, {"a": "windlass", "b": OTHER}]),
        ({"type": "object", "example": {"a": 1}}, []),
        ({"type": "array"}, [OTHER]),
        (members(id={"readOnly": True}), []),
        (True, []),
    ],
)  # fmt: skip
def test_bodies_that_surely_do_not_fit(tmp_path: Path, schema: Any, expected: list[Any]) -> None:
    assert [content for _, content in made(tmp_path, body(schema))] == expected


def test_queries(tmp_path: Path) -> None:
    several = [
        {"name": "n", "in": "query", "required": True, "schema": {"type": "integer"}},
        {"name": "m", "in": "query", "required": True, "schema": {"type": "boolean"}},
        {"name": "o", "in": "query", "schema": {"type": "integer"}, "example": 2},
    ]
    assert [target for target, _ in made(tmp_path, {"parameters": several})] == [
        "/a?m=true&o=2", "/a?n=windlass-is-wrong&m=true&o=2",
    ]  # fmt: skip
    word = {"name": "w", "in": "query", "required": True, "schema": {"type": ["integer", "string"]}}
    assert [target for target, _ in made(tmp_path, {"parameters": [word]})] == ["/a"]


@pytest.mark.parametrize(
    ("leave_out", "expected"), [((), "DELETE"), (("DELETE /a/{id}",), "PUT"), (("* /**",), None)]
)
def test_a_method_is_one_that_no_path_like_it_declares(
    tmp_path: Path, leave_out: tuple[str, ...], expected: str | None
) -> None:
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"const": "mine"}}
    paths = {"/a/{id}": {"get": {"parameters": [parameter]}}, "/a/mine": {"patch": {}}, "/b": {"delete": {}}}
    found = contract(*laid(tmp_path, {"paths": paths, "servers": [{"url": "/v1"}]}), "openapi-3.1")
    every = list(operations(found))
    assert wrong.method(every, Finder(found).call(every[0]), leave_out) == expected
