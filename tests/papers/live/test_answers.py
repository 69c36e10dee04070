"""Answers held against a contract."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.papers.live.shop import laid

from windlass.papers.live import answers
from windlass.papers.live.calls import contract, operations
from windlass.papers.live.target import Answer, Ask
from windlass.papers.told import Fault

JSON = {"Content-Type": "application/json; charset=utf-8"}
SLOW = "^(([a-z])+.)+[A-Z]([a-z])+$(?<!q)"
PROBLEM = "application/problem+json"
NAME = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def told(
    tmp_path: Path, response: Any, answer: Answer, kind: str = "openapi-3.0", method: str = "get", **more: Any
) -> list[str]:
    document = {"paths": {"/a": {method: {"responses": {str(answer.status): response}}}}, **more}
    found = contract(*laid(tmp_path, document), kind)
    (one,) = operations(found)
    made = answers.held(found, one, Ask(one.method, "/a"), answer)
    return [each.rule if isinstance(each, Fault) else each.partition(":")[0] for each in made]


def answer(value: Any = None, status: int = 200, headers: Any = None) -> Answer:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Answer(status, list((JSON if headers is None else headers).items()), content, 0.0)


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (NAME, {"name": "n"}, []),
        (NAME, {"name": 5}, ["body-misfit"]),
        (NAME, {}, ["body-misfit"]),
        ({**NAME, "properties": {"name": {"writeOnly": True}}}, {}, []),
        ({**NAME, "nullable": True}, None, []),
        (NAME, b"{", ["body-misfit"]),
        (NAME, b"\xff\xfe\xff", ["body-misfit"]),
        (NAME, b'{"name": NaN}', ["body-misfit"]),
        (NAME, b"[" * 100_000, ["body-misfit"]),
        (NAME, b"", ["missing-body"]),
        ({"$ref": "#/none"}, {}, ["unread"]),
        ({"type": 7}, {}, ["unread"]),
        ({"properties": {"a": {"pattern": SLOW}}}, {"a": "a" * 60}, ["unread"]),
    ],
)
def test_bodies(tmp_path: Path, schema: Any, value: Any, expected: list[str]) -> None:
    response = {"content": {"application/json": {"schema": schema}}}
    assert told(tmp_path, response, answer(value)) == expected
    assert told(tmp_path, {"schema": schema}, answer(value), "swagger-2") == expected


@pytest.mark.parametrize(
    ("content", "came", "expected"),
    [
        ({"application/json": {}}, {"Content-Type": "text/html"}, ["undeclared-media-type"]),
        ({"application/json": {}}, {}, ["undeclared-media-type"]),
        ({"application/*": {}}, JSON, []),
        ({"*/*": {}}, {"Content-Type": "text/html"}, []),
        ({"Application/JSON; v=1": {}}, JSON, []),
        ({PROBLEM: {"schema": NAME}}, {"Content-Type": PROBLEM}, ["body-misfit"]),
        ({}, {"Content-Type": "text/html"}, []),
    ],
)  # fmt: skip
def test_media_types(tmp_path: Path, content: Any, came: Any, expected: list[str]) -> None:
    assert told(tmp_path, {"content": content}, answer({}, headers=came)) == expected


@pytest.mark.parametrize(
    ("content", "came", "expected"),
    [
        ({"text/plain": {}}, {}, []),
        ({"text/plain": {}, "application/json": {}}, {"Content-Type": "text/plain"}, []),
        ({"text/plain": {}, "application/json": {}}, JSON, ["missing-body"]),
        ({"image/png": {}}, {}, ["missing-body"]),
        ({}, {}, []),
    ],
)
def test_empty_answers(tmp_path: Path, content: Any, came: Any, expected: list[str]) -> None:
    assert told(tmp_path, {"content": content}, answer(b"", headers=came)) == expected


def test_some_answers_never_have_a_body(tmp_path: Path) -> None:
    response = {"content": {"application/json": {"schema": NAME}}}
    assert told(tmp_path, response, answer(b""), method="head") == []
    assert told(tmp_path, response, answer(b"", 204)) == []
    assert told(tmp_path, response, answer(b"", 304)) == []


@pytest.mark.parametrize(
    ("header", "came", "expected"),
    [
        ({"required": True}, None, ["missing-header"]),
        ({}, None, []),
        ({"schema": {"type": "integer"}}, "5", []),
        ({"schema": {"type": "integer"}}, "five", ["header-misfit"]),
        ({"schema": {"type": "string"}}, "5", []),
        ({"schema": {"type": "boolean"}}, "true", []),
        ({"schema": {"type": "array", "items": {"type": "integer"}}}, "1, 2", []),
        ({"schema": {"type": "array", "items": {"type": "integer"}}}, "1, b", ["header-misfit"]),
        ({"schema": {"type": "array", "items": {"type": "string"}}}, "a", []),
        ({"schema": {"type": "object", "required": ["a"]}}, "a=1,b=2", []),
        ({"schema": {"type": "object", "required": ["a"]}}, "a,1", []),
        ({"schema": {"$ref": "#/none"}}, "x", ["unread"]),
        ({"$ref": "#/headers/h"}, None, ["missing-header"]),
    ],
)
def test_headers(tmp_path: Path, header: Any, came: str | None, expected: list[str]) -> None:
    sent = {} if came is None else {"x-h": came}
    known = {"h": {"required": True}}
    assert told(tmp_path, {"headers": {"X-H": header}}, answer(b"", headers=sent), headers=known) == expected


def test_headers_of_swagger_are_their_own_schema(tmp_path: Path) -> None:
    response = {"headers": {"X-H": {"type": "integer", "description": "d"}}}
    assert told(tmp_path, response, answer(b"", headers={"X-H": "a"}), "swagger-2") == ["header-misfit"]
    assert told(tmp_path, response, answer(b"", headers={"X-H": "1"}), "swagger-2") == []
    assert told(tmp_path, response, answer(b"", headers={}), "swagger-2") == []


def test_a_fault_says_what_was_asked_what_came_and_what_is_declared(tmp_path: Path) -> None:
    responses = {"200": {"content": {"application/json": {"schema": NAME}}}, "4XX": {"description": "d"}}
    document = {"openapi": "3.0.0", "paths": {"/a": {"post": {"responses": responses}}}}
    found = contract(*laid(tmp_path, document), "openapi-3.0")
    (one,) = operations(found)
    ask = Ask("POST", "/a", {}, b'{"x": 1}')
    (fault,) = answers.held(found, one, ask, answer({"name": 5}))
    assert isinstance(fault, Fault)
    assert fault.at == "POST /a 200"
    assert fault.text == 'in the answer at /name: 5 is not of type "string" (POST /a with {"x": 1})'
    (fault,) = answers.held(found, one, ask, answer(b"", 301))
    assert isinstance(fault, Fault)
    assert fault.text == 'answered 301, the contract declares 200, 4XX: POST /a with {"x": 1}'
    assert list(answers.held(found, one, ask, answer(b"", 451))) == []
