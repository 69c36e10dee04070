"""Texts become values of the contract's types, or a mistake that says where."""

import json

import pytest


@pytest.mark.parametrize(
    ("query", "place", "rule"),
    [
        ("limit=x", "/limit", "type"), ("limit=1.5", "/limit", "type"), ("limit=0", "/limit", "minimum"),
        ("limit=99999999999999999999", "/limit", "type"), ("limit=1&limit=2", "limit", "once"),
        ("status=gone", "/status/0", "enum"), ("lane=%00", "/lane", "pattern"),
        ("zzz=1", "", "additionalProperties"),
        ("limit=", "/limit", "type"), ("limit=+1", "/limit", "type"), ("limit=%D9%A1", "/limit", "type"),
    ],
)  # fmt: skip
def test_wrong_parameters_are_named(lite_site, query, place, rule):
    status, told = lite_site.bad("GET", f"/v1/tasks?{query}")
    assert (status, told["code"]) == (422, "unfit")
    assert (place, rule) in [(one["pointer"], one["rule"]) for one in told["errors"]]
    assert {one["in"] for one in told["errors"]} == {"query"}


def test_right_parameters_have_their_types(lite_site):
    assert lite_site.good("GET", "/v1/tasks?limit=1&after=0&status=pending&status=failed")["tasks"] == []
    assert lite_site.good("GET", "/v1/letters?unread=false")["letters"] == []
    assert lite_site.bad("GET", "/v1/letters?unread=yes")[0] == 422
    assert lite_site.bad("GET", "/v1/tasks/x")[0] == 422
    assert lite_site.bad("GET", "/v1/tasks/0")[0] == 422


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400), (b"{", 400), (b"\xff", 400), (b'{"wait_s":1,"wait_s":2}', 400),
        (b"[" * 100 + b"]" * 100, 400), (b'{"wait_s":NaN}', 400),
        (b'{"wait_s":1e999}', 400), (b'{"repository":"\\ud800"}', 400),
        (b"[]", 422), (b"null", 422), (b'{"wait_s":"1"}', 422), (b'{"wait_s":31}', 422),
        (b'{"unknown":1}', 422),
        (b'{"lanes":["a","a"]}', 422), (b'{"repository":"a\\u0000b"}', 422), (b" " * (1024 * 1024 + 1), 413),
    ],
)  # fmt: skip
def test_wrong_bodies_have_their_status_and_change_nothing(lite_site, content, status):
    lite_site.file()
    lite_site.token()
    before = lite_site.events()
    found, told = lite_site.bad(
        "POST", "/v1/tools/claim_task", headers={"content-type": "application/json"}, content=content
    )
    assert found == status
    assert told["hint"] or told["detail"]
    assert lite_site.events() == before


@pytest.mark.parametrize("kind", ["", "text/plain", "application/jsonx", "application/json; charset=latin-1"])
def test_other_media_types_are_refused(lite_site, kind):
    status, _ = lite_site.bad("POST", "/v1/tools/claim_task", headers={"content-type": kind}, content=b"{}")
    assert status == 415


def test_a_charset_of_utf_8_is_json(lite_site):
    kind = {"content-type": 'Application/JSON; charset="UTF-8"'}
    assert lite_site.ask("POST", "/v1/tools/claim_task", headers=kind, content=b"{}").json() == {"task": None}


def test_a_body_that_comes_in_pieces_has_the_same_limit(lite_site):
    def pieces():
        for _ in range(20):
            yield json.dumps("x" * 100_000).encode()

    status, told = lite_site.bad(
        "POST", "/v1/tools/claim_task", headers={"content-type": "application/json"}, content=pieces()
    )
    assert (status, told["code"]) == (413, "too-large")


def test_head_is_get_without_a_body(lite_site):
    found = lite_site.ask("HEAD", "/v1/tasks")
    assert found.status_code == 200
