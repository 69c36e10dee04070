"""One document for an error: its status and exit code, every mistake, and no token in any of it."""

import pytest

from windlass.contracts import Malformed, Mistake, Unfit, load_contract, problem
from windlass.contracts.mistakes import find
from windlass.dispatch import Lease, LeaseLost
from windlass.identity import Unknown
from windlass.kernel import Conflict, Denied, Invalid, Kind, NotFound, Unavailable, WindlassError

UNFIT = Unfit([Mistake("body", "/a", "type", "the value is not a string")], hint="see the schema")
LOST = LeaseLost(Lease(1, 2, "w", "n", 0.0))
TABLE = [
    (Malformed("x"), 400, 2), (Unknown(), 401, 5), (Denied("x"), 403, 5), (NotFound("x"), 404, 3),
    (Conflict("x"), 409, 6), (LOST, 409, 6), (Invalid("x"), 422, 2), (UNFIT, 422, 2),
    (WindlassError("x"), 500, 70), (Unavailable("x"), 503, 7),
]  # fmt: skip
SCHEMA = load_contract().operations["listTasks"].answers[404].media["application/problem+json"]


@pytest.mark.parametrize(("error", "status", "exit_code"), TABLE, ids=lambda one: type(one).__name__)
def test_every_error_has_a_status_an_exit_code_and_a_document(error, status, exit_code):
    made = problem(error, instance="urn:windlass:request:1")
    assert (error.http_status, made["status"], made["exit_code"]) == (status, status, exit_code)
    assert made["type"] == f"urn:windlass:problem:{made['code']}"
    assert find(SCHEMA, made, "body") == ()


def test_every_kind_is_in_the_table():
    assert {type(error).kind for error, _, _ in TABLE} == set(Kind)


def test_a_bug_is_named_and_not_explained():
    made = problem(WindlassError("SELECT secret FROM t", hint="x"))
    assert "secret" not in str(made)
    assert made["code"] == "bug"


def test_no_token_is_repeated():
    secret = "wl_pat_" + "a" * 49
    assert "aaaa" not in str(problem(NotFound(f"no task {secret}", hint=f"not {secret}")))


def test_what_does_not_fit_names_every_place_and_where_to_read():
    made = problem(UNFIT)
    assert made["errors"] == [
        {"in": "body", "pointer": "/a", "rule": "type", "detail": "the value is not a string"}
    ]
    assert (made["code"], made["detail"]) == ("unfit", "body /a: the value is not a string")
    assert made["hint"] == "`errors` names every place; see the schema"
