"""Somebody who proves nothing asks for what a contract protects."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.papers.live.conftest import Start

from windlass.papers.live.asking import http
from windlass.papers.live.calls import contract, operations
from windlass.papers.live.guarding import bare, header, opens
from windlass.papers.live.target import Ask, Target
from windlass.papers.references import Shelf
from windlass.papers.text import Paper, read
from windlass.papers.told import Fault
from windlass.papers.walk import walk

OK = {"200": {"description": ""}, "401": {"description": ""}}
SCHEMES = {
    "token": {"type": "http", "scheme": "bearer"}, "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "k"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "s"}, "tls": {"type": "mutualTLS"},
}  # fmt: skip
TOKEN = {"Authorization": "Bearer x"}
GUARDED = "self.reply(200 if 'Authorization' in self.headers else 401)"


def paper_of(folder: Path, security: list[dict[str, Any]], method: str = "get") -> tuple[Shelf, Paper]:
    document = {
        "openapi": "3.1.0", "info": {"title": "a", "version": "1"},
        "components": {"securitySchemes": SCHEMES},
        "paths": {"/a": {method: {"security": security, "responses": OK}}},
    }  # fmt: skip
    (folder / "api.json").write_text(json.dumps(document))
    shelf = Shelf(walk(str(folder)))
    return shelf, read("api.json", json.dumps(document).encode())


@pytest.mark.parametrize(
    ("reply", "headers", "faults"),
    [
        (GUARDED, TOKEN, []), (GUARDED, {}, []), ("self.reply(200)", TOKEN, ["unguarded"]),
        ("self.reply(200)", {}, ["unguarded"]),
    ],
)  # fmt: skip
def test_what_is_given_to_anybody_is_found(
    serving: Start, tmp_path: Path, reply: str, headers: dict[str, str], faults: list[str]
) -> None:
    service = serving(reply, ready="")
    service.start()
    target = Target(service.port, headers)
    made: Iterator[Any] = http(target, *paper_of(tmp_path, [{"token": []}]), "openapi-3.1", ())
    assert [one.rule for one in made if isinstance(one, Fault)] == faults


@pytest.mark.parametrize(
    ("security", "named"),
    [
        ([{"token": []}], {"authorization"}), ([{"token": []}, {"key": []}], {"authorization", "x-key"}),
        ([{"cookie": []}], {"cookie"}), ([{"none": []}], {"authorization"}),
    ],
)  # fmt: skip
def test_what_answers_a_scheme_is_left_out(
    tmp_path: Path, security: list[dict[str, Any]], named: set[str]
) -> None:
    sent = {name: "x" for name in ("Authorization", "X-Key", "Cookie", "X-Other")}
    (one,) = operations(contract(*paper_of(tmp_path, security), "openapi-3.1"))
    found = bare(Target(1, sent), Ask("GET", "/a", sent), one)
    assert found is not None
    for left in (found[0].headers, found[1].headers):
        assert {name.lower() for name in sent.keys() - left.keys()} == named
    assert opens(one, named)
    assert not opens(one, {"x-other"})


@pytest.mark.parametrize(
    "security", [[], [{}], [{"token": []}, {}], [{"query": []}], [{"tls": []}]]
)
def test_where_anybody_may_ask_or_nobody_can_tell_nothing_is_asked(
    tmp_path: Path, security: list[dict[str, Any]]
) -> None:
    (one,) = operations(contract(*paper_of(tmp_path, security), "openapi-3.1"))
    assert bare(Target(1), Ask("GET", "/a"), one) is None


def test_headers_of_schemes() -> None:
    assert [header(SCHEMES[name]) for name in ("token", "key", "query", "cookie")] == [
        "authorization", "x-key", "query", "cookie",
    ]  # fmt: skip
