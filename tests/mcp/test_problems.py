"""Errors over MCP are those of HTTP and of the command line."""

import logging

import pytest

from windlass.contracts import Unfit, load_contract, problem
from windlass.kernel import Kind, NotFound, WindlassError
from windlass.mcp.calls import SEE
from windlass.mcp.problems import PROBLEM, result_of


def test_a_mistake_in_the_arguments_says_where():
    operation = load_contract().operations["cancelTask"]
    unfit = Unfit(operation.body.mistakes({"task_id": "one", "why": "x"}), hint=SEE)
    result = result_of(unfit)
    assert result.meta[PROBLEM] == problem(unfit)
    assert "/task_id" in result.content[0].text
    assert result.content[0].text.endswith("see the input schema")


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
