"""What only HTTP knows to be wrong: statuses of its own, the same document as everything else."""

import pytest

from windlass.contracts import load_contract, problem
from windlass.contracts.mistakes import find
from windlass.identity import Unknown
from windlass.kernel import NotFound
from windlass.web.problem import (
    Busy,
    ForeignOrigin,
    MethodNotAllowed,
    Misdirected,
    MissingCsrf,
    TooLarge,
    UnsupportedMediaType,
    headers_of,
)

TABLE = [
    (ForeignOrigin(), 403, 5), (MissingCsrf(), 403, 5), (MethodNotAllowed("x"), 405, 2),
    (TooLarge(1), 413, 2), (UnsupportedMediaType("x/y"), 415, 2), (Misdirected(), 421, 5), (Busy(), 503, 7),
]  # fmt: skip
SCHEMA = load_contract().operations["listTasks"].answers[404].media["application/problem+json"]


@pytest.mark.parametrize(("error", "status", "exit_code"), TABLE, ids=lambda one: type(one).__name__)
def test_every_error_has_a_status_an_exit_code_and_a_document(error, status, exit_code):
    made = problem(error)
    assert (error.http_status, made["status"], made["exit_code"]) == (status, status, exit_code)
    assert find(SCHEMA, made, "body") == ()


def test_headers_say_how_to_go_on():
    assert headers_of(Unknown())["WWW-Authenticate"].startswith("Bearer")
    assert headers_of(Busy()) == {"Retry-After": "1"}
    assert headers_of(NotFound("x")) == {}
