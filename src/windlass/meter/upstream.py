"""Ask a provider, and ask again where that is safe: nothing of an answer has gone to the agent yet."""

import asyncio
import random
from dataclasses import dataclass

import httpx

from windlass.kernel import Clock
from windlass.meter.line import Limits
from windlass.meter.model import Outcome
from windlass.meter.outcome import of_status, pause_s, retry_after_s
from windlass.meter.provider import Headers

CONNECTIONS_MAX = 256


@dataclass(frozen=True, slots=True)
class Question:
    """One request to a provider."""

    method: str
    url: str
    headers: Headers
    body: bytes


@dataclass(slots=True)
class Reached:
    """How far asking came. `response` is open, and to be closed by whoever gets it; None: there was none."""

    outcome: Outcome = Outcome.UNREACHABLE
    detail: str = ""
    tries: int = 0
    response: httpx.Response | None = None
    retry_after_s: float | None = None


def new_client() -> httpx.AsyncClient:
    """Connections to providers, shared by all lines. No redirects: a key is for one address alone."""
    return httpx.AsyncClient(
        trust_env=False, follow_redirects=False, timeout=httpx.Timeout(None),
        limits=httpx.Limits(
            max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX, keepalive_expiry=30.0
        ),
    )  # fmt: skip


async def ask(
    client: httpx.AsyncClient, question: Question, limits: Limits, reached: Reached, clock: Clock
) -> None:
    """Fill `reached`, which is true at every moment, also when this is cancelled."""
    while True:
        reached.tries += 1
        await _try(client, question, limits, reached)
        if reached.outcome is Outcome.ANSWERED or reached.tries >= limits.tries_max:
            return
        asked = None
        if reached.response is not None:
            headers = {name.lower(): value for name, value in reached.response.headers.items()}
            asked = reached.retry_after_s = retry_after_s(headers, clock())
        jitter = random.random()  # noqa: S311 - spreads tries, no secret
        pause = pause_s(reached.outcome, reached.tries, asked, most_s=limits.retry_max_s, jitter=jitter)
        if pause is None:
            return
        if reached.response is not None:
            await reached.response.aclose()
            reached.response = None
        await asyncio.sleep(pause)


async def _try(client: httpx.AsyncClient, question: Question, limits: Limits, reached: Reached) -> None:
    request = client.build_request(
        question.method, question.url, headers=question.headers, content=question.body,
        timeout=httpx.Timeout(None, connect=limits.connect_s, pool=limits.connect_s),
    )  # fmt: skip
    reached.response = None
    reached.retry_after_s = None
    try:
        async with asyncio.timeout(limits.first_byte_s):
            reached.response = await client.send(request, stream=True)
    except TimeoutError:
        reached.outcome, reached.detail = Outcome.TIMED_OUT, f"no answer within {limits.first_byte_s} s"
    except (httpx.ConnectTimeout, httpx.PoolTimeout):
        reached.outcome, reached.detail = Outcome.UNREACHABLE, f"no connection within {limits.connect_s} s"
    except httpx.ConnectError as error:
        reached.outcome, reached.detail = Outcome.UNREACHABLE, f"no connection: {error}"
    except httpx.TransportError as error:
        reached.outcome, reached.detail = Outcome.DROPPED, f"the connection ended: {error}"
    else:
        status = reached.response.status_code
        reached.outcome, reached.detail = of_status(status), f"the provider answered {status}"
