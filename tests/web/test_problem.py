"""One table of errors: statuses, exit codes, and no token in any of them."""

import pytest

from windlass.contracts import Malformed, Mistake, load_contract
from windlass.contracts.mistakes import find
from windlass.dispatch import Lease, LeaseLost
from windlass.identity import Unknown
from windlass.kernel import Conflict, Denied, Invalid, Kind, NotFound, Unavailable, WindlassError
from windlass.web.problem import (
    Busy,
    ForeignOrigin,
    MethodNotAllowed,
    Misdirected,
    MissingCsrf,
    TooLarge,
    Unfit,
    UnsupportedMediaType,
    headers_of,
    problem,
    redacted,
    status_of,
)

UNFIT = Unfit([Mistake("body", "/a", "type", "the value is not a string")])
LOST = LeaseLost(Lease(1, 2, "w", "n", 0.0))
TABLE = [
    (Malformed("x"), 400, 2), (Unknown(), 401, 5), (Denied("x"), 403, 5), (ForeignOrigin(), 403, 5),
    (MissingCsrf(), 403, 5), (NotFound("x"), 404, 3), (MethodNotAllowed("x"), 405, 2),
    (Conflict("x"), 409, 6), (LOST, 409, 6),
    (TooLarge(1), 413, 2), (UnsupportedMediaType("x/y"), 415, 2), (Misdirected(), 421, 5),
    (Invalid("x"), 422, 2), (UNFIT, 422, 2), (WindlassError("x"), 500, 70), (Unavailable("x"), 503, 7),
    (Busy(), 503, 7),
]  # fmt: skip
SCHEMA = load_contract().operations["listTasks"].answers[404].media["application/problem+json"]


@pytest.mark.parametrize(("error", "status", "exit_code"), TABLE, ids=lambda one: type(one).__name__)
def test_every_error_has_a_status_an_exit_code_and_a_document(error, status, exit_code):
    made = problem(error, instance="urn:windlass:request:1")
    assert (status_of(error), made["status"], made["exit_code"]) == (status, status, exit_code)
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
    made = problem(NotFound(f"no task {secret}", hint=f"not {secret}"))
    assert "aaaa" not in str(made)
    assert redacted(f"x {secret} y wl_lease_abc z") == "x wl_pat_… y wl_lease_… z"


def test_headers_say_how_to_go_on():
    assert headers_of(Unknown())["WWW-Authenticate"].startswith("Bearer")
    assert headers_of(Busy()) == {"Retry-After": "1"}
    assert headers_of(NotFound("x")) == {}


def test_a_request_that_does_not_fit_names_every_place():
    assert problem(UNFIT)["errors"] == [
        {"in": "body", "pointer": "/a", "rule": "type", "detail": "the value is not a string"}
    ]
