"""What an answer teaches by the links of its contract."""

from pathlib import Path
from typing import Any

import pytest
from tests.papers.live.shop import laid

from windlass.papers.live import links
from windlass.papers.live.calls import contract, operations
from windlass.papers.live.target import Answer
from windlass.papers.live.values import Finder

ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def learned(tmp_path: Path, link: Any, answer: Answer) -> dict[str, Any]:
    sent = {"requestBody": {"content": {"application/json": {"schema": {"const": {"mine": "m"}}}}}}
    asked = [{"name": "q", "in": "query", "required": True, "schema": {"const": "seen"}}]
    responses = {"2XX": {"links": {"l": {"$ref": "#/components/links/l"}}}}
    document = {
        "paths": {
            "/a": {"post": {**sent, "parameters": asked, "responses": responses}},
            "/b/{id}": {"get": {"operationId": "b", "parameters": [ID]}},
        },
        "components": {"links": {"l": link}},
    }  # fmt: skip
    finder = Finder(contract(*laid(tmp_path, document), "openapi-3.1"))
    every = list(operations(finder.contract))
    links.learn(finder, finder.call(every[0]), answer, every)
    return finder.learned.linked.get("GET /b/{id}", {})


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ("$response.body#/items/0/~1key", "k"),
        ("$response.body#/none", None),
        ("$response.body#/items", None),
        ("$response.header.X-Id", "h"),
        ("$request.query.q", "seen"),
        ("$request.body#/mine", "m"),
        ("$url", None),
        ("constant", "constant"),
    ],
)
def test_expressions(tmp_path: Path, told: str, value: Any) -> None:
    answer = Answer(201, [("x-id", "h")], b'{"items": [{"/key": "k"}]}', 0)
    expected = {"id": value} if value is not None else {}
    for where in ({"operationId": "b"}, {"operationRef": "#/paths/~1b~1{id}/get"}):
        for name in ("id", "path.id"):
            assert learned(tmp_path, {**where, "parameters": {name: told}}, answer) == expected


@pytest.mark.parametrize(
    "link", [{"operationId": "none", "parameters": {"id": "x"}}, {"operationId": "b"}, 7]
)
def test_links_that_lead_nowhere_teach_nothing(tmp_path: Path, link: Any) -> None:
    assert learned(tmp_path, link, Answer(200, [], b"", 0)) == {}


def test_only_success_teaches(tmp_path: Path) -> None:
    link = {"operationId": "b", "parameters": {"id": "x"}}
    assert learned(tmp_path, link, Answer(404, [], b"not JSON", 0)) == {}
    assert learned(tmp_path, link, Answer(200, [], b"not JSON", 0)) == {"id": "x"}
