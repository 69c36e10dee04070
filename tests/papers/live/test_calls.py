"""Operations of a contract as what can be asked."""

from pathlib import Path
from typing import Any

import pytest
from tests.papers.live.shop import laid

from windlass.papers.live.calls import FORM, PARTS, Operation, contract, left_out, operations, unasked

FIELD = {"name": "c", "in": "formData", "required": True, "type": "string"}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def found(tmp_path: Path, document: Any, kind: str = "openapi-3.0") -> list[Operation]:
    return list(operations(contract(*laid(tmp_path, document), kind)))


@pytest.mark.parametrize(
    ("pattern", "spared"),
    [
        ("GET /a", ["GET /a"]),
        ("* /a", ["GET /a", "POST /a"]),
        ("GET /a/*", ["GET /a/{id}"]),
        ("GET /a/**", ["GET /a/{id}", "GET /a/{id}/b"]),
        ("GET /**", ["GET /a", "GET /a/{id}", "GET /a/{id}/b"]),
        ("GET /a/{id}", ["GET /a/{id}"]),
        ("get /a", []),
        ("/a", []),
    ],
)
def test_what_is_left_out(pattern: str, spared: list[str]) -> None:
    every = ["GET /a", "POST /a", "GET /a/{id}", "GET /a/{id}/b"]
    assert [one for one in every if left_out(*one.split(" "), [pattern])] == spared


def test_parameters_of_an_operation_come_in_place_of_those_of_its_path(tmp_path: Path) -> None:
    piped = {"name": "n", "in": "query", "style": "pipeDelimited", "schema": {"$ref": "#/x"}}
    more = [piped, {"$ref": "#/p"}]
    item = {"parameters": [ID, {**ID, "in": "query"}], "get": {"parameters": [{**ID, "example": "e"}, *more]}}
    accept = {"name": "Accept", "in": "header", "schema": {}}
    (one,) = found(tmp_path, {"paths": {"/a/{id}": item}, "p": accept})
    assert [(each.name, each.where, each.required, each.style, each.explode) for each in one.parameters] == [
        ("id", "path", True, "simple", False), ("id", "query", True, "form", True),
        ("n", "query", False, "pipeDelimited", False),
    ]  # fmt: skip
    assert list(one.parameters[0].given) == ["e"]
    assert one.name == "GET /a/{id}"


@pytest.mark.parametrize(
    ("servers", "base"),
    [
        ([], ""),
        ([{"url": "https://api.example.com/v1/"}], "/v1"),
        ([{"url": "/v2"}], "/v2"),
        ([{"url": "https://{a}.example.com/{b}", "variables": {"b": {"default": "v3"}}}], "/v3"),
        ([{"url": "https://example.com/v1"}, {"url": "http://localhost:8000/dev"}], "/dev"),
        ([{"url": "https://example.com/{unknown}"}], ""),
        ([{"url": "http://["}, 7], ""),
    ],
)
def test_what_stands_in_front(tmp_path: Path, servers: Any, base: str) -> None:
    (one,) = found(tmp_path, {"servers": servers, "paths": {"/a": {"get": {}}}})
    assert one.base == base
    (one,) = found(tmp_path, {"paths": {"/a": {"get": {"servers": servers}}}})
    assert one.base == base


def test_swagger_tells_bodies_and_forms_among_its_parameters(tmp_path: Path) -> None:
    document = {
        "swagger": "2.0", "basePath": "/v1/", "consumes": ["application/json"], "produces": ["text/plain"],
        "paths": {
            "/a": {"post": {"parameters": [{"name": "b", "in": "body", "required": True, "schema": {}}]}},
            "/b": {"post": {"parameters": [FIELD]}},
            "/c": {"post": {"parameters": [{"name": "f", "in": "formData", "type": "file"}]}},
            "/d": {"get": {"parameters": [
                {"name": "q", "in": "query", "type": "array", "items": {}, "collectionFormat": "multi"},
            ]}},
        },
    }  # fmt: skip
    body, form, file, query = found(tmp_path, document, "swagger-2")
    assert [(one.media, one.required) for one in body.bodies] == [("application/json", True)]
    assert [(one.media, one.required) for one in form.bodies] == [(FORM, True)]
    assert [(one.media, one.files) for one in file.bodies] == [(PARTS, {"f"})]
    assert (query.parameters[0].style, query.parameters[0].explode) == ("form", True)
    assert {one.base for one in (body, form)} == {"/v1"}
    assert body.accept == "text/plain"


def test_who_may_ask(tmp_path: Path) -> None:
    key = {"type": "apiKey", "in": "header", "name": "X"}
    document = {
        "security": [{"key": []}], "components": {"securitySchemes": {"key": key}},
        "paths": {"/a": {"get": {}, "put": {"security": []}, "post": {"security": [{}, {"key": []}]}}},
    }  # fmt: skip
    assert {one.method: list(one.security) for one in found(tmp_path, document)} == {
        "GET": [[key]], "PUT": [], "POST": [],
    }  # fmt: skip


def test_answers_are_asked_for_in_what_they_are_declared(tmp_path: Path) -> None:
    content = {"application/json": {}, "text/csv": {}, "x\r\nX-Evil: 1": {}}
    (one,) = found(tmp_path, {"paths": {"/a": {"get": {"responses": {"200": {"content": content}}}}}})
    assert one.accept == "application/json, text/csv"


def test_what_is_no_operation_is_told(tmp_path: Path) -> None:
    more = {"trace": {}, "additionalOperations": {"COPY": {}}}
    paths = {"/a": {"$ref": "#/none"}, "b": {}, "/c": more, "x-d": 1}
    told = contract(*laid(tmp_path, {"paths": paths}), "openapi-3.2")
    assert list(operations(told)) == []
    assert list(unasked(told)) == [
        "/a (its reference leads nowhere)", "b (it is no path)", "TRACE /c", "COPY /c",
    ]  # fmt: skip
    assert found(tmp_path, {"paths": [1]}) == []
