"""Refusals in the words of each protocol."""

import json

import pytest

from windlass.meter.model import Outcome, Protocol
from windlass.meter.problem import problem, status_of


@pytest.mark.parametrize("protocol", [*Protocol, None])
def test_every_protocol_is_told_what_and_why(protocol: Protocol | None) -> None:
    error = json.loads(problem(protocol, Outcome.CAPPED, "no more tokens"))["error"]
    assert error["message"] == "windlass: no more tokens"
    assert "windlass-capped" in error.values()
    if protocol is Protocol.GEMINI:
        assert error["code"] == 403


def test_a_client_does_not_try_again_where_it_is_of_no_use() -> None:
    tried_again = {408, 409, 429, *range(500, 600)}
    assert {status_of(one) for one in (Outcome.CAPPED, Outcome.REFUSED)}.isdisjoint(tried_again)
    assert {
        status_of(one) for one in (Outcome.UNREACHABLE, Outcome.TIMED_OUT, Outcome.UNRECORDED)
    } <= tried_again
