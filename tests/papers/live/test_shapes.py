"""Operations of any version in one shape."""

from pathlib import Path
from typing import Any

import pytest

from windlass.papers.kinds import kind_of
from windlass.papers.live.places import Left
from windlass.papers.live.shapes import OPERATIONS_MAX, Document, Shape
from windlass.papers.references import Shelf
from windlass.papers.text import Paper
from windlass.papers.walk import walk


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def made(**value: Any) -> Document:
        whole = {"openapi": "3.1.0", **value} if "swagger" not in value else value
        return Document(Shelf(walk(str(tmp_path))), Paper("a.yaml", whole, ""), kind_of(whole))

    return made


def only(document: Document) -> Shape:
    ((_, _, shape),) = document.shapes()
    return shape


def test_parameters_of_the_path_are_known_by_their_number(read: Any) -> None:
    item = {
        "parameters": [{"name": "b", "in": "path", "required": True}, {"name": "q", "in": "query"}],
        "get": {"parameters": [{"name": "X-A", "in": "header"}, {"name": "Accept", "in": "header"}]},
    }
    shape = only(read(paths={"/{a}/{b}": item}))
    assert list(shape.parameters) == [("path", "1"), ("query", "q"), ("header", "x-a")]
    assert shape.at == "GET /{a}/{b}"


@pytest.mark.parametrize(
    ("servers", "bases"),
    [
        ([], [""]),
        ([{"url": "https://h.example/v1/"}], ["/v1", ""]),
        ([{"url": "/a"}, {"url": "//h/b"}], ["/a", "/b", ""]),
        ([{"url": "{s}://h/{v}", "variables": {"s": {"default": "x"}, "v": {"default": "v2"}}}], ["/v2", ""]),
        ([{"url": "https://h"}], [""]),
        ([3, {"url": 4}], ["/4", ""]),
    ],
)  # fmt: skip
def test_what_servers_put_before_the_paths(read: Any, servers: Any, bases: list[str]) -> None:
    assert read(servers=servers).bases == bases


def test_answers_and_bodies_by_media_type(read: Any) -> None:
    content = {"Application/JSON; charset=utf-8": {"schema": {"type": "string"}}, "text/plain": {}}
    told = {"requestBody": {"content": content}, "responses": {"2xx": {"content": content}, "x-a": {}}}
    shape = only(read(paths={"/a": {"post": told}}))
    assert shape.body is not None
    assert {name: one and one.value for name, one in shape.body.content.items()} == {
        "application/json": {"type": "string"},
        "text/plain": None,
    }
    assert (shape.body.required, list(shape.responses)) == (False, ["2XX"])


def test_ways_in(read: Any) -> None:
    schemes = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "token": {"type": "http", "scheme": "Bearer"},
    }
    document = read(
        components={"securitySchemes": schemes},
        security=[{"key": []}, {"token": ["a"]}],
        paths={"/a": {"get": {}, "put": {"security": []}, "post": {"security": [{}]}}},
    )
    found = {method: shape.ways_in for method, _, shape in document.shapes()}
    assert found["get"] == {
        frozenset({("header x-key", "apiKey", frozenset())}),
        frozenset({("header authorization", "http bearer", frozenset({"a"}))}),
    }
    assert found["put"] == found["post"] == frozenset()


def test_methods_of_their_own_and_paths_that_lead_nowhere(read: Any) -> None:
    document = read(paths={"/a": {"additionalOperations": {"LINK": {}}}, "/b": {"$ref": "#/none"}, "x-c": {}})
    assert [shape.at for _, _, shape in document.shapes()] == ["LINK /a"]
    assert list(document.lost) == ["/b"]


def test_there_is_an_end_to_operations(read: Any) -> None:
    with pytest.raises(Left):
        list(read(paths={f"/{number}": {"get": {}} for number in range(OPERATIONS_MAX + 1)}).shapes())


def test_shapes_that_nobody_expects_break_nothing(read: Any) -> None:
    odd = {
        "/a": {"get": {"parameters": {"x": 1}, "responses": [1], "requestBody": 2, "security": 3}},
        "/b": {"put": {"responses": {"200": 1, "201": {"content": 2}, "202": {"content": {"a": 3}}}}},
        "/c": 4,
        "/d": {"get": {"parameters": [5, {"name": 6, "in": 7, "schema": 8}], "security": [{"x": 9}, 10]}},
    }
    assert len(list(read(paths=odd).shapes())) == 3
    assert list(read(paths=[1]).shapes()) == []
    assert len(list(read(swagger="2.0", paths=odd, consumes=1, produces="x", basePath=2).shapes())) == 3
