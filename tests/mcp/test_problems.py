"""Errors over MCP are those of HTTP and of the command line."""

import logging

import pytest

from windlass import web
from windlass.contracts import Malformed, load_contract
from windlass.dispatch import Lease, LeaseLost
from windlass.identity import Principal, Role, Unknown
from windlass.identity.rights import authorize
from windlass.kernel import Conflict, Denied, Invalid, Kind, NotFound, Unavailable, WindlassError
from windlass.mcp.problems import PROBLEM, Unfit, problem, result_of
from windlass.web.problem import Unfit as WebUnfit
from windlass.web.problem import problem as web_problem

assert web


def denied():
    with pytest.raises(Denied) as caught:
        authorize(Principal("runner:a", Role.AGENT), "policy.edit")
    return caught.value


ERRORS = [
    Invalid("no", hint="do"), NotFound("no task 4"), denied(), Conflict("moved"), Unavailable("later"),
    Unknown(), Malformed("twice"), LeaseLost(Lease(1, 2, "w", "n", 3.0)),
    Conflict("wl_lease_0123456789abcdef is not yours", hint="wl_pat_0123456789 neither"),
]  # fmt: skip


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_a_problem_is_the_one_that_http_gives(error):
    told = problem(error)
    assert told == web_problem(error)
    assert told["exit_code"] == error.kind.exit_code
    assert "0123456789" not in str(told)


def test_a_mistake_in_the_arguments_says_where():
    operation = load_contract().operations["cancelTask"]
    mistakes = operation.body.mistakes({"task_id": "one", "why": "x"})
    told, http = problem(Unfit(mistakes)), web_problem(WebUnfit(mistakes))
    assert told["errors"] == http["errors"]
    assert (told["code"], told["status"], told["detail"]) == (http["code"], http["status"], http["detail"])
    text = result_of(Unfit(mistakes)).content[0].text
    assert "/task_id" in text
    assert text.endswith("see the input schema")


def test_a_failed_result_is_for_models_and_for_programs():
    result = result_of(NotFound("no task 4", hint="windlass task list"))
    assert result.is_error
    assert result.structured_content is None
    assert result.content[0].text == "error (not-found): no task 4\ntry: windlass task list"
    wire = result.model_dump(by_alias=True, exclude_none=True)
    assert wire["_meta"][PROBLEM]["code"] == "not-found"


@pytest.mark.parametrize("error", [WindlassError("the secret shelf"), KeyError("the secret shelf")])
def test_a_bug_is_named_and_not_explained(error, caplog):
    with caplog.at_level(logging.ERROR):
        told = result_of(error).meta[PROBLEM]
    assert (told["code"], told["status"], told["exit_code"]) == ("bug", 500, Kind.BUG.exit_code)
    assert "secret shelf" not in str(told)
    assert told["instance"] in caplog.text
    assert "secret shelf" in caplog.text
