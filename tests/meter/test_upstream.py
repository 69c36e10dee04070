"""Asking a provider: what is tried again, and what is known of it at every moment."""

import asyncio

import pytest
from tests.meter.lines import listener, raw_provider

from windlass.meter.line import Limits
from windlass.meter.model import Outcome
from windlass.meter.upstream import Question, Reached, ask, new_client


def asked(url: str, limits: Limits) -> Reached:
    async def work() -> Reached:
        reached = Reached()
        async with new_client() as client:
            await ask(client, Question("POST", url, [], b"{}"), limits, reached, lambda: 0.0)
            if reached.response is not None:
                await reached.response.aclose()
        return reached

    return asyncio.run(work())


@pytest.mark.parametrize(
    ("url", "outcome"),
    [("http://127.0.0.1:1/", Outcome.UNREACHABLE), ("http://name.invalid/", Outcome.UNREACHABLE)],
)
def test_nobody_there_is_tried_again_and_then_told(url: str, outcome: Outcome) -> None:
    reached = asked(url, Limits(tries_max=2, retry_max_s=0.01))
    assert (reached.outcome, reached.tries, reached.response) == (outcome, 2, None)
    assert "no connection" in reached.detail


def test_what_is_no_http_is_dropped() -> None:
    with raw_provider(lambda connection: connection.sendall(b"SSH-2.0-x\r\n\r\n")) as url:
        reached = asked(url, Limits(tries_max=1))
    assert (reached.outcome, reached.tries) == (Outcome.DROPPED, 1)


def test_tls_to_a_port_that_never_answers_is_no_connection() -> None:
    with listener() as sock:
        reached = asked(f"https://127.0.0.1:{sock.getsockname()[1]}", Limits(tries_max=1, connect_s=0.2))
    assert reached.outcome is Outcome.UNREACHABLE
