"""Pass an answer on while it comes, no faster than the agent takes it, and read its usage on the way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx

from windlass.kernel import Invalid
from windlass.meter.line import Limits
from windlass.meter.model import Outcome
from windlass.meter.outcome import of_error, of_status
from windlass.meter.redact import Redactor
from windlass.meter.sse import Event, Splitter
from windlass.meter.transcript import Capture
from windlass.meter.usage import Reading, is_usage_alone

Send = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Relay:
    """One answer on its way. `hides_usage`: keep back the extra event of usage."""

    response: httpx.Response
    reading: Reading | None
    """None: nothing is metered, as for a list of models."""
    capture: Capture
    redactor: Redactor
    limits: Limits
    hides_usage: bool = False

    @property
    def streams(self) -> bool:
        """Whether it is passed on event by event; any other answer is read whole before it is passed on."""
        kind = self.response.headers.get("content-type", "")
        return self.response.is_success and kind.partition(";")[0].strip().lower() == "text/event-stream"

    async def whole(self) -> tuple[Outcome, str, bytes]:
        """Read a bounded answer to its end: how it ended, why, and its body for the agent."""
        body = bytearray()
        ended, why = Outcome.ANSWERED, ""
        async for part in self._parts():
            if isinstance(part, tuple):
                ended, why = part
                break
            body += part
        data = bytes(body)
        self.capture.add(data)
        status = of_status(self.response.status_code)
        if status is not Outcome.ANSWERED:
            return status, f"the provider answered {self.response.status_code}", self.redactor.known(data)
        if self.reading is not None and ended is Outcome.ANSWERED:
            self.reading.whole(data)
            ended, why = _judged(self.reading)
        return ended, why, self.redactor.known(data)

    async def stream(self, send: Send) -> tuple[Outcome, str]:
        """Pass events on as they come: how it ended, and why."""
        splitter = Splitter(self.limits.event_max)
        async for part in self._parts():
            if isinstance(part, tuple):
                await self._pass(splitter.finish(), send)
                return part
            try:
                events = splitter.feed(part)
            except Invalid as error:
                return Outcome.TOO_LARGE, str(error)
            await self._pass(events, send)
        await self._pass(splitter.finish(), send)
        return _judged(self.reading) if self.reading else (Outcome.ANSWERED, "")

    async def _pass(self, events: list[Event], send: Send) -> None:
        out = bytearray()
        for event in events:
            if event.data is not None and self.reading is not None:
                self.reading.data(event.data)
                if self.hides_usage and is_usage_alone(event.data):
                    continue
            out += event.raw
        if out:
            data = bytes(out)
            self.capture.add(data)
            await send(self.redactor.known(data))

    async def _parts(self) -> AsyncIterator[bytes | tuple[Outcome, str]]:
        """The body part by part; last, if it did not come to its end, how it ended."""
        source, size = self.response.aiter_bytes(), 0
        while True:
            try:
                async with asyncio.timeout(self.limits.idle_s):
                    part = await anext(source, None)
            except TimeoutError:
                yield Outcome.TIMED_OUT, f"the answer stood still for {self.limits.idle_s} s"
                return
            except httpx.DecodingError as error:
                yield Outcome.GARBAGE, f"the answer cannot be unpacked: {error}"
                return
            except httpx.TransportError as error:
                yield Outcome.CUT, f"the answer ended in the middle: {error}"
                return
            if part is None:
                return
            size += len(part)
            if size > self.limits.answer_max:
                yield Outcome.TOO_LARGE, f"the answer is larger than {self.limits.answer_max} bytes"
                return
            yield part


def _judged(reading: Reading) -> tuple[Outcome, str]:
    """How an answer ended that came whole, as HTTP sees it."""
    if reading.error:
        return of_error(reading.error), f"the provider reported {reading.error!r} in its answer"
    if not reading.understood:
        return Outcome.GARBAGE, "what came is no answer of the protocol"
    if not reading.ended:
        return Outcome.CUT, "the answer stopped before the model came to its end"
    return Outcome.ANSWERED, ""
