"""Names of operations and parameters of paths."""

from pathlib import Path
from typing import Any

import pytest

from windlass.papers.operations import faults
from windlass.papers.references import Shelf
from windlass.papers.text import Paper
from windlass.papers.walk import walk

ID = {"name": "id", "in": "path", "required": True}


def found(tmp_path: Path, value: Any, kind: str = "openapi-3.1") -> list[tuple[str, str]]:
    made = faults(Shelf(walk(str(tmp_path))), Paper("a.yaml", value, ""), kind)
    return [(rule, at) for rule, at, *_ in made]


@pytest.mark.parametrize(
    ("item", "wrong"),
    [
        ({"get": {"parameters": [ID]}}, False),
        ({"parameters": [ID], "get": {}}, False),
        ({"get": {"parameters": [{"$ref": "#/components/parameters/Id"}]}}, False),
        ({"$ref": "b.yaml#/item"}, False),
        ({"get": {"parameters": [{"$ref": "https://example.org/p"}]}}, False),
        ({"get": {}}, True),
        ({"get": {"parameters": [{**ID, "in": "query"}]}}, True),
        ({"get": {"parameters": [ID, {**ID, "name": "other"}]}}, True),
        ({"get": 7, "post": []}, False),
        (None, False),
    ],
)
def test_parameters_of_a_path_are_declared_and_no_others(tmp_path: Path, item: Any, wrong: bool) -> None:
    (tmp_path / "b.yaml").write_text("item: {get: {parameters: [{name: id, in: path}]}}\n")
    document = {"paths": {"/a/{id}": item}, "components": {"parameters": {"Id": ID}}}
    assert bool(found(tmp_path, document)) is wrong


def test_a_name_is_given_once_also_in_callbacks_and_webhooks(tmp_path: Path) -> None:
    one = {"operationId": "x", "responses": {}}
    back = {"callbacks": {"c": {"{$request.body#/url}": {"post": one}}}, "operationId": "y", "responses": {}}
    assert found(tmp_path, {"paths": {"/a": {"get": one}, "/b": {"get": back}}}) == [
        ("duplicate-operation", "x")
    ]
    assert found(tmp_path, {"paths": {"/a": {"get": one}}, "webhooks": {"h": {"post": one}}}) == [
        ("duplicate-operation", "x")
    ]
    assert found(tmp_path, {"paths": {"/a": {"get": one}}}) == []


def test_channels(tmp_path: Path) -> None:
    two = {"channels": {"a/{x}": {"publish": {"operationId": "p"}, "subscribe": {"operationId": "p"}}}}
    assert found(tmp_path, two, "asyncapi-2") == [("path-parameter", "a/{x} x"), ("duplicate-operation", "p")]
    three = {"channels": {"c": {"address": "a/{x}", "parameters": {"x": {}}}, "d": {"address": None}, "e": 1}}
    assert found(tmp_path, three, "asyncapi-3") == []
