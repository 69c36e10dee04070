"""An answer on its way: as fast as the agent takes it, and not faster."""

import asyncio
from collections.abc import AsyncIterator

import httpx
from tests.meter.lines import WAIT_S

from windlass.meter.line import Limits
from windlass.meter.model import Outcome, Protocol
from windlass.meter.redact import Redactor
from windlass.meter.relay import Relay
from windlass.meter.transcript import Capture
from windlass.meter.usage import Reading

SECRET = "sk-real-0123456789"


class Source(httpx.AsyncByteStream):
    """A provider that counts the parts it was asked for."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts, self.given = parts, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            self.given += 1
            yield part


def relay(source: Source, kind: str = "text/event-stream", **more: object) -> Relay:
    response = httpx.Response(200, headers={"content-type": kind}, stream=source)
    fields = {"reading": Reading(Protocol.CHAT), "capture": Capture(1_000), "redactor": Redactor([SECRET]),
              "limits": Limits(), **more}  # fmt: skip
    return Relay(response, **fields)  # type: ignore[arg-type]  # the test's own fields


def test_nothing_is_taken_from_the_provider_before_the_agent_has_the_last_part() -> None:
    source = Source([b"data: {}\n\n"] * 100)

    async def work() -> None:
        taken, go = 0, asyncio.Event()

        async def send(_: bytes) -> None:
            nonlocal taken
            taken += 1
            if taken == 3:
                await go.wait()

        task = asyncio.ensure_future(relay(source).stream(send))
        while taken < 3:
            await asyncio.sleep(0)
        for _ in range(1_000):
            await asyncio.sleep(0)
        assert source.given == 3
        go.set()
        await asyncio.wait_for(task, WAIT_S)

    asyncio.run(work())
    assert source.given == 100


def test_a_known_secret_is_taken_out_even_when_it_comes_in_pieces() -> None:
    body = b'data: {"choices":[],"x":"' + SECRET.encode() + b'"}\n\n'
    got: list[bytes] = []

    async def send(data: bytes) -> None:
        got.append(data)

    parts = [body[at : at + 3] for at in range(0, len(body), 3)]
    asyncio.run(relay(Source(parts)).stream(send))
    assert b"".join(got) == body.replace(SECRET.encode(), b"[secret]")


def test_an_event_without_an_end_is_too_large() -> None:
    async def send(_: bytes) -> None:
        raise AssertionError

    ended = asyncio.run(relay(Source([b"data: " + b"x" * 200]), limits=Limits(event_max=100)).stream(send))
    assert ended[0] is Outcome.TOO_LARGE


def test_a_packed_answer_that_cannot_be_unpacked_is_garbage() -> None:
    response = httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Source([b"no gzip"]))
    made = Relay(response, Reading(Protocol.CHAT), Capture(10), Redactor(), Limits())
    assert not made.streams
    assert asyncio.run(made.whole())[0] is Outcome.GARBAGE
