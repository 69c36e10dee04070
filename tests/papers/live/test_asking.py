"""A service asked everything that its contract lets one ask: a right one, and one for every fault."""

import re
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.papers.live.shop import PATH, Answered, laid, plain, raw, served, shop, target

from windlass.papers.live.asking import http, smoke
from windlass.papers.told import Fault

KIND = "openapi-3.1"


def rest(found: Iterable[Fault | str]) -> list[Fault | str]:
    """All but how much was asked, which is always told."""
    left = [one for one in found if not re.search(r"\d+ of \d+ operations asked, in \d+ requests$", str(one))]
    assert len(left) == len(list(found)) - 1
    return left


def asked(app: Any, tmp_path: Path, document: Any, *leave_out: str, kind: str = KIND) -> list[Fault | str]:
    shelf, paper = laid(tmp_path, document)
    with served(app) as port:
        return list(http(target(port), shelf, paper, kind, leave_out))


def faults(found: list[Fault | str]) -> list[tuple[str, str]]:
    return [(one.rule, one.at) for one in found if isinstance(one, Fault)]


def test_of_a_right_service_everything_is_asked_and_nothing_is_told(tmp_path: Path) -> None:
    app = shop()
    assert asked(app, tmp_path, app.openapi()) == [f"{PATH}: 9 of 9 operations asked, in 21 requests"]
    every = {f"{method.upper()} {path}" for path, item in app.openapi()["paths"].items() for method in item}
    assert {one.replace("/p7", "/{pet_id}") for one in app.state.asked} >= every


@pytest.mark.parametrize(
    ("rule", "at"),
    [
        ("server-error", "GET /pets 500"),
        ("undeclared-status", "GET /pets 418"),
        ("body-misfit", "GET /pets/{pet_id} 200"),
        ("undeclared-media-type", "GET /pets/{pet_id} 200"),
        ("missing-body", "GET /pets/{pet_id} 200"),
        ("missing-header", "GET /rate 200 X-Left"),
        ("header-misfit", "GET /rate 200 X-Left"),
        ("accepted-invalid", "GET /search 200"),
    ],
)
def test_each_fault_is_told_and_no_other(tmp_path: Path, rule: str, at: str) -> None:
    found = asked(shop(rule), tmp_path, shop().openapi())
    assert [(one.rule, one.at, one.path, one.grave) for one in found if isinstance(one, Fault)] == [
        (rule, at, PATH, True)
    ]
    assert len(rest(found)) == 1


def test_a_method_that_nobody_declares_is_a_fault_of_each_path(tmp_path: Path) -> None:
    found = faults(asked(shop("accepted-method"), tmp_path, shop().openapi()))
    assert {rule for rule, _ in found} == {"accepted-method"}
    assert ("accepted-method", "PATCH /pets/{pet_id} 204") in found


def test_what_is_left_out_is_not_asked_and_is_told(tmp_path: Path) -> None:
    app = shop()
    found = asked(app, tmp_path, app.openapi(), "POST /pets", "* /pets/**", "PATCH /rate")
    assert rest(found) == [
        f"{PATH}: left out as told: POST /pets, GET /pets/{{pet_id}}, PUT /pets/{{pet_id}}, "
        "DELETE /pets/{pet_id}, GET /pets/{pet_id}/toys"
    ]
    assert {one for one in app.state.asked if "/pets" in one} == {"GET /pets", "PATCH /pets"}
    assert "PATCH /rate" not in app.state.asked


def test_reads_that_need_nothing_are_safe_to_ask_again(tmp_path: Path) -> None:
    shelf, paper = laid(tmp_path, shop().openapi())
    made = [one.target for one in smoke(shelf, paper, KIND, ["GET /rate"])]
    assert made == ["/pets?limit=5", "/search?word=windlass&count=1"]


GOOD = {"Content-Type": "application/json"}
TWO = {"/a": {"get": {"responses": {"200": {}}}}, "/b": {"get": {"responses": {"200": {}}}}}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
JSON = {"application/json": {"schema": {"type": "object", "required": ["id"]}}}


def document(paths: Any, **more: Any) -> dict[str, Any]:
    return {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths, **more}


def operation(*statuses: str, **more: Any) -> dict[str, Any]:
    return {"responses": {one: {"description": "d"} for one in statuses}, **more}


def told(tmp_path: Path, paths: Any, answered: Answered, **more: Any) -> tuple[list[Fault | str], list[str]]:
    shelf, paper = laid(tmp_path, document(paths, **more))
    with plain(answered) as (port, calls):
        found = rest(list(http(target(port), shelf, paper, "openapi-3.0", ())))
    return found, [f"{method} {where}" for method, where, *_ in calls]


def test_links_locations_and_bodies_teach_what_is_asked_later(tmp_path: Path) -> None:
    link = {"of": {"operationId": "one", "parameters": {"id": "$response.body#/key"}}}
    paths = {
        "/linked": {"post": {"responses": {"200": {"description": "d", "links": link}}}},
        "/linked-ones/{id}": {"get": operation("200", operationId="one", parameters=[ID])},
        "/located": {"post": operation("201")},
        "/located/{id}/deep/{id2}": {
            "get": operation("200", parameters=[ID, {**ID, "name": "id2"}])
        },
    }

    def answered(method: str, where: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if method == "PATCH":
            return 405, {}, b""
        if where == "/linked":
            return 200, GOOD, b'{"key": "k 1"}'
        if where == "/located":
            return 201, {"Location": "https://elsewhere.example/located/77/deep/88"}, b""
        return 200, GOOD, b"{}"

    found, calls = told(tmp_path, paths, answered)
    assert found == []
    assert {"GET /linked-ones/k%201", "GET /located/77/deep/88"} <= set(calls)


@pytest.mark.parametrize(
    ("status", "declared", "given", "expected"),
    [
        (404, "404", None, []),
        (404, "default", None, []),
        (404, "404", "known", [("refused-valid", False)]),
        (404, "200", None, [("undeclared-status", True)]),
        (422, "4XX", None, [("refused-valid", False)]),
        (409, "409", "known", []),
        (503, "503", None, []),
        (503, "5XX", None, [("server-error", True)]),
        (503, "default", None, [("server-error", True)]),
        (500, "500", None, [("server-error", True)]),
        (302, "200", None, [("undeclared-status", True)]),
        (302, "302", None, []),
    ],
)
def test_statuses(
    tmp_path: Path, status: int, declared: str, given: str | None, expected: list[tuple[str, bool]]
) -> None:
    parameter = {**ID, **({"example": given} if given else {})}
    paths = {"/a/{id}": {"get": operation(declared, parameters=[parameter])}}

    def answered(method: str, where: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        return (status if method == "GET" else 405), {"Location": "http://127.0.0.1:1/"}, b""

    found, _ = told(tmp_path, paths, answered)
    assert [(one.rule, one.grave) for one in found if isinstance(one, Fault)] == expected


@pytest.mark.parametrize(
    ("security", "headers", "statuses", "expected"),
    [
        ([{"key": []}], {}, ("200",), ["set headers"]),
        ([{"key": []}], {"X-Key": "k"}, ("200",), ["undeclared-status"]),
        ([{"key": []}, {}], {}, ("200",), ["undeclared-status"]),
        ([{"key": []}], {}, ("401",), ["set headers"]),
        ([], {}, ("200",), ["undeclared-status"]),
    ],
)
def test_who_asks_is_to_be_known(
    tmp_path: Path, security: Any, headers: dict[str, str], statuses: tuple[str, ...], expected: list[str]
) -> None:
    scheme = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}
    shelf, paper = laid(
        tmp_path,
        document({"/a": {"get": operation(*statuses)}}, security=security, components=scheme),
    )
    with plain(lambda method, where, body: (401, {}, b"")) as (port, _):
        found = rest(list(http(target(port, **headers), shelf, paper, "openapi-3.0", ())))
    assert [one.rule if isinstance(one, Fault) else "set headers" for one in found] == expected


def exponential(levels: int) -> dict[str, Any]:
    """A schema whose errors are two to the power of its levels."""
    made: dict[str, Any] = {"L0": {"type": "integer"}}
    for n in range(1, levels):
        made[f"L{n}"] = {"oneOf": [{"$ref": f"#/components/schemas/L{n - 1}"}] * 2}
    return made


@pytest.mark.slow
def test_an_exponential_schema_loses_its_own_operation_and_no_other(tmp_path: Path) -> None:
    slow = {"application/json": {"schema": {"$ref": "#/components/schemas/L59"}}}
    good = {"application/json": {"schema": {"type": "object", "required": ["id"]}}}
    paths = {
        "/a": {"get": {"responses": {"200": {"description": "d", "content": slow}}}},
        "/b": {"post": operation("200", requestBody={"required": True, "content": slow})},
        "/c": {"get": {"responses": {"200": {"description": "d", "content": good}}}},
    }

    def answered(method: str, where: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        return (200 if method == "GET" and where != "/b" else 405), GOOD, b"{}"

    found, calls = told(tmp_path, paths, answered, components={"schemas": exponential(60)})
    assert faults(found) == [("body-misfit", "GET /c 200")]
    unread = sorted(one for one in found if isinstance(one, str))
    assert [one.partition(" could")[0] for one in unread] == [
        "unread: POST /b", "unread: the body of GET /a 200",
    ]  # fmt: skip
    assert all("took more than" in one for one in unread)
    assert {"GET /a", "GET /c"} <= set(calls)


def test_a_service_that_breaks_the_line_is_told_and_the_others_are_asked(tmp_path: Path) -> None:
    shelf, paper = laid(tmp_path, document(TWO))
    with raw(lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n")) as port:
        found = list(http(target(port), shelf, paper, "openapi-3.0", ()))
    assert faults(found) == [("broken-answer", "GET /a"), ("broken-answer", "GET /b")]


def test_a_service_that_goes_away_leaves_the_rest_unread(tmp_path: Path) -> None:
    shelf, paper = laid(tmp_path, document(TWO))
    with raw(lambda line: None) as port:
        pass
    found = rest(list(http(target(port), shelf, paper, "openapi-3.0", ())))
    assert faults(found) == [("broken-answer", "GET /a")]
    assert found[1:] == [f"unread: {PATH}: the service went away after GET /a; not asked: GET /b"]


def test_a_service_that_never_ends_ends_with_the_time(tmp_path: Path) -> None:
    paths = {f"/{n}": {"get": operation("200")} for n in range(50)}
    shelf, paper = laid(tmp_path, document(paths))

    def drip(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            line.sendall(b"x")
            time.sleep(0.01)

    began = time.monotonic()
    with raw(drip) as port:
        found = rest(list(http(target(port, 0.5), shelf, paper, "openapi-3.0", ())))
    assert time.monotonic() - began < 3
    assert faults(found) == []
    assert all(str(one).startswith("unread: ") for one in found)
    assert "no time was left" in str(found[-1])


def test_many_operations_are_bounded_and_the_rest_is_told(tmp_path: Path) -> None:
    paths = {f"/{n}": {"get": operation("200")} for n in range(510)}
    with plain(lambda method, where, body: (200 if method == "GET" else 405, {}, b"")) as (port, calls):
        shelf, paper = laid(tmp_path, document(paths))
        found = rest(list(http(target(port), shelf, paper, "openapi-3.0", ())))
    assert len(found) == 1
    assert str(found[0]).startswith(f"unread: {PATH}: more than 500 operations")
    assert len([one for one in calls if one[0] == "GET"]) == 500


def test_what_cannot_be_asked_is_told(tmp_path: Path) -> None:
    never = {"type": "string", "minLength": 5, "maxLength": 2}
    stream = {"200": {"description": "d", "content": {"text/event-stream": {}}}}
    paths = {
        "/a/{id}": {"get": operation("200", parameters=[{**ID, "schema": never}])},
        "/b": {"get": {"responses": stream}, "trace": operation("200")},
        "/c": {"$ref": "#/components/pathItems/none"},
    }
    found, calls = told(tmp_path, paths, lambda method, where, body: (200, {}, b""))
    assert found == [
        f"{PATH}: not asked, as they are streams: GET /b",
        f"{PATH}: not asked, as nobody can: TRACE /b, /c (its reference leads nowhere)",
        "not asked: GET /a/{id}: no value is known for path 'id'",
    ]
    assert calls == []


def test_headers_that_go_with_every_request_are_sent_once_and_as_they_are_told(tmp_path: Path) -> None:
    token = {"name": "X-Key", "in": "header", "required": True, "schema": {"const": "made"}}
    shelf, paper = laid(tmp_path, document({"/a": {"get": operation("200", parameters=[token])}}))
    with plain(lambda method, where, body: (200, {}, b"")) as (port, calls):
        list(http(target(port, **{"x-key": "mine", "accept": "text/odd"}), shelf, paper, "openapi-3.0", ()))
    assert {(one["x-key"], one["accept"]) for _, _, one, _ in calls} == {("mine", "text/odd")}


def test_a_contract_with_half_a_character_is_asked_all_the_same(tmp_path: Path) -> None:
    half = {"name": "q\ud800", "in": "query", "required": True, "schema": {"type": "string"}}
    paths = {
        "/a": {"get": operation("200", parameters=[half])}, "/b\ud800": {"get": operation("200")},
        "/c": {"get": operation("201")},
    }  # fmt: skip
    found, calls = told(
        tmp_path, paths, lambda method, where, body: (200 if method == "GET" else 405, {}, b"")
    )
    assert faults(found) == [("undeclared-status", "GET /c 200")]
    assert [one for one in calls if one.startswith("GET")] == ["GET /c"]
    assert sorted(str(one)[:18] for one in found if isinstance(one, str)) == [
        "not asked: GET /a:", "not asked: GET /b\ud800",
    ]  # fmt: skip
