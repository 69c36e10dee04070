"""The proxy of one line: an ASGI application that judges a call, asks the provider, passes the answer on,
and puts what it cost on record before the agent sees its end.
"""

import asyncio
import logging
import math
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from windlass.kernel import Denied, Invalid, WindlassError
from windlass.meter.call import Call, parse_call
from windlass.meter.caps import breach, full, unpriced, wait_s
from windlass.meter.line import Line
from windlass.meter.model import Breach, Exchange, Outcome, Protocol, Usage
from windlass.meter.outcome import is_free
from windlass.meter.problem import problem, status_of
from windlass.meter.provider import Headers, Route, back, onward, route
from windlass.meter.redact import Redactor
from windlass.meter.relay import Relay
from windlass.meter.transcript import Capture
from windlass.meter.upstream import Question, Reached, ask
from windlass.meter.usage import Reading

_LOG = logging.getLogger(__name__)
_BROKEN = (Outcome.CUT, Outcome.TIMED_OUT, Outcome.TOO_LARGE, Outcome.LEFT, Outcome.GARBAGE)


class Refusal(Exception):
    """A call that is not sent. `status` where the outcome's own does not say enough; `wait_s`: it may be sent
    after so many seconds.
    """

    def __init__(
        self, outcome: Outcome, why: str, status: int | None = None, *, refusal: Breach | None = None,
        wait_s: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(why)
        self.outcome, self.status, self.refusal, self.wait_s = outcome, status, refusal, wait_s


@dataclass(slots=True)
class Draft:
    """What is known of a call while it is made; an exchange can be written from it at any moment."""

    request: Capture
    answer: Capture
    redactor: Redactor
    began: float
    at: float
    route: Route | None = None
    call: Call | None = None
    reading: Reading | None = None
    reached: Reached = field(default_factory=Reached)
    outcome: Outcome = Outcome.LEFT
    detail: str = "the agent went away"
    refusal: Breach | None = None
    owes: bool = False
    first_byte_s: float | None = None

    @property
    def protocol(self) -> Protocol | None:
        return self.route.protocol if self.route else None


class Proxy:
    """Serves one line; all its calls run in one event loop."""

    def __init__(self, line: Line, client: httpx.AsyncClient) -> None:
        self._line, self._client = line, client
        self._in_flight = 0
        self._owing = 0
        """Calls begun and not on record. Invariant: it changes together with the record, under `_paying`."""
        self._unpaid: list[Exchange] = []
        self._paying = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        limits, reply = self._line.limits, Reply(send)
        draft = Draft(
            Capture(limits.record_max), Capture(limits.record_max), Redactor(self._line.secrets),
            time.monotonic(), self._line.clock(),
        )  # fmt: skip
        self._in_flight += 1
        try:
            request = Request(scope, receive)
            await self._admit(request, draft)
            await self._serve(request, draft, reply)
        except Refusal as error:
            draft.outcome, draft.detail, draft.refusal = error.outcome, str(error), error.refusal
            reply.refuse(draft, error.status, wait_s=error.wait_s)
        except ClientDisconnect:
            draft.detail = "the agent went away before its request was whole"
        except TimeoutError:
            draft.outcome, draft.detail = Outcome.TIMED_OUT, f"it took longer than {limits.whole_s} s"
            reply.refuse(draft)
        except Exception as error:  # the edge of a call: told and on record, then raised
            draft.outcome, draft.detail = Outcome.DROPPED, f"a bug of windlass: {error!r}"
            raise
        finally:
            await asyncio.shield(self._settle(draft))
            self._in_flight -= 1
        await reply.finish(draft.outcome)

    async def _admit(self, request: Request, draft: Draft) -> None:
        """Judge a call before anything is sent. Raises Refusal."""
        line = self._line
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname
        if host not in line.hosts or "origin" in request.headers:
            raise Refusal(Outcome.REFUSED, "it is not for browsers, and has no other name", 421)
        if self._in_flight > line.limits.in_flight_max:
            raise Refusal(Outcome.REFUSED, f"more than {line.limits.in_flight_max} calls at once", 429)
        try:
            target = scope_path(request)
            draft.route = route(line.provider, request.method, target, request.url.query)
            data = await self._body(request)
            draft.request.add(data)
            draft.call = parse_call(draft.route, data) if request.method == "POST" else Call("", b"")
        except Denied as error:
            raise Refusal(Outcome.REFUSED, f"{error}; {error.hint}") from error
        except Invalid as error:
            raise Refusal(Outcome.REFUSED, str(error), 400) from error
        if draft.route.metered:
            await self._afford(draft.call, draft)

    async def _body(self, request: Request) -> bytes:
        """The body, bounded in size and time; JSON alone, which a page cannot send without being asked."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method == "POST" and kind != "application/json":
            raise Refusal(Outcome.REFUSED, "the request is not of type application/json", 415)
        body, most = bytearray(), self._line.limits.request_max
        try:
            async with asyncio.timeout(self._line.limits.request_s):
                async for part in request.stream():
                    body += part
                    if len(body) > most:
                        raise Refusal(Outcome.TOO_LARGE, f"the request is larger than {most} bytes", 413)
        except TimeoutError as error:
            raise Refusal(Outcome.REFUSED, "the request did not come in time", 408) from error
        return bytes(body)

    async def _afford(self, call: Call, draft: Draft) -> None:
        """Hold the call against the caps, what is on record, and the calls that are not on record yet."""
        line = self._line
        if line.models and call.model not in line.models:
            raise Refusal(Outcome.REFUSED, f"model {call.model!r} is not among {sorted(line.models)}")
        if unknown := unpriced(line.caps, line.prices, call.priced_as):
            raise Refusal(Outcome.CAPPED, str(unknown), refusal=unknown)
        async with self._paying:
            try:
                await self._pay_all()
                totals = await asyncio.to_thread(line.ledger.totals) if line.caps else {}
                left_s = await asyncio.to_thread(self._wait_s)
            except WindlassError as error:
                raise Refusal(Outcome.UNRECORDED, f"what was spent cannot be told: {error}") from error
            if found := breach(line.caps, totals, in_flight=self._owing):
                raise Refusal(Outcome.CAPPED, str(found), refusal=found)
            if left_s:
                found = full(line.requests_max or 0)
                why = f"{found} of {line.window_s:g} s; the next may begin in {math.ceil(left_s)} s"
                raise Refusal(Outcome.CAPPED, why, 429, refusal=found, wait_s=left_s)
            self._owing += 1
            draft.owes = True

    def _wait_s(self) -> float:
        """Until the agent's window has room for one more; calls not on record yet count as made now."""
        line = self._line
        if line.requests_max is None:
            return 0.0
        room = line.requests_max - self._owing
        return wait_s(line.window_s, line.ledger.age_s(room) if room > 0 else 0.0)

    async def _serve(self, request: Request, draft: Draft, reply: "Reply") -> None:
        """Ask and pass on, until it is done, too late, or the agent goes away."""
        work = asyncio.ensure_future(self._converse(request, draft, reply))
        gone = asyncio.ensure_future(_gone(request))
        try:
            async with asyncio.timeout(self._line.limits.whole_s):
                await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    work.result()
        finally:
            for task in (work, gone):
                task.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)

    async def _converse(self, request: Request, draft: Draft, reply: "Reply") -> None:
        line, route_, call = self._line, draft.route, draft.call
        assert route_ is not None
        assert call is not None
        key = await self._key(draft)
        headers = onward(request.headers.items(), route_.protocol, key)
        question = Question(request.method, line.provider.url(route_), headers, call.body)
        try:
            await ask(self._client, question, line.limits, draft.reached, line.clock)
            response = draft.reached.response
            draft.outcome, draft.detail = draft.reached.outcome, draft.reached.detail
            if response is None:
                return reply.refuse(draft)
            draft.outcome, draft.detail = Outcome.LEFT, "the agent went away"
            draft.first_byte_s = time.monotonic() - draft.began
            draft.reading = Reading(route_.protocol) if route_.metered else None
            relay = Relay(
                response, draft.reading, draft.answer, draft.redactor, line.limits, call.hides_usage
            )
            await self._pass_on(relay, draft, reply)
        finally:
            if draft.reached.response is not None:
                await draft.reached.response.aclose()

    async def _key(self, draft: Draft) -> str:
        """The provider's key, from now on kept out of every text. Raises Refusal."""
        if self._line.key is None:
            return ""
        try:
            key = (await asyncio.to_thread(self._line.key)).strip()
            draft.redactor = Redactor((*self._line.secrets, key))
        except WindlassError as error:
            raise Refusal(Outcome.UNAUTHENTICATED, f"the provider's key cannot be had: {error}") from error
        if not (key.isascii() and key.isprintable()):
            raise Refusal(Outcome.UNAUTHENTICATED, "the provider's key cannot be carried by a header")
        return key

    async def _pass_on(self, relay: Relay, draft: Draft, reply: "Reply") -> None:
        response = relay.response
        clean = draft.redactor.text
        headers = back((name.lower(), clean(value)) for name, value in response.headers.items())
        if relay.streams:
            await reply.begin(response.status_code, headers)
            draft.outcome, draft.detail = await relay.stream(reply.part)
            return
        draft.outcome, draft.detail, body = await relay.whole()
        if draft.outcome in _BROKEN and not response.is_error:
            return reply.refuse(draft)
        return reply.keep(response.status_code, headers, body)

    async def _settle(self, draft: Draft) -> None:
        """Put the call on record and tell it. What cannot be put on record now stops the next call."""
        exchange = await asyncio.to_thread(self._exchange, draft)
        self._line.latest.note(exchange)
        if draft.owes and draft.reached.tries:
            self._unpaid.append(exchange)
        elif draft.owes:
            self._owing -= 1
        try:
            await self.pay()
        except WindlassError as error:
            _LOG.error("a call of %s is not on record yet: %s", exchange.provider, error)
        if self._line.record is not None:
            try:
                await asyncio.to_thread(self._line.record, exchange)
            except Exception:  # the sink is somebody else's; the call itself is on record
                _LOG.exception("a call could not be written into its transcript")

    async def pay(self) -> None:
        """Put on record what is not yet, each call once. Raises Unavailable; then nothing is lost."""
        async with self._paying:
            await self._pay_all()

    async def _pay_all(self) -> None:
        while self._unpaid:
            await asyncio.to_thread(self._line.ledger.charge, self._unpaid[0])
            del self._unpaid[0]
            self._owing -= 1

    def _exchange(self, draft: Draft) -> Exchange:
        """The call as it is told. Prices: by the model that answered, else by the one that was asked."""
        line, call, reading = self._line, draft.call or Call("", b""), draft.reading
        response = draft.reached.response
        sent, status = draft.reached.tries > 0, response.status_code if response else None
        metered = draft.route is not None and draft.route.metered
        usage = reading.usage if reading else None
        measured = reading.measured if reading else False
        if usage is None and (not metered or is_free(draft.outcome, status, sent=sent)):
            usage, measured = Usage(), True
        tier = call.priced_as.removeprefix(call.model)
        answered = reading.model + tier if reading and reading.model else ""
        price = line.prices.of(answered) or line.prices.of(call.priced_as)
        cost = price.cost(usage) if price and usage else None
        if measured and usage == Usage():
            cost = 0
        return Exchange(
            line.provider.name, draft.protocol, call.model, draft.outcome,
            status,
            draft.redactor.text("" if draft.outcome is Outcome.ANSWERED else draft.detail),
            usage, measured, cost if measured else None, draft.reached.tries, draft.at, draft.first_byte_s,
            time.monotonic() - draft.began, draft.reached.retry_after_s,
            draft.refusal, draft.request.text(draft.redactor), draft.answer.text(draft.redactor),
        )  # fmt: skip


class Reply:
    """The answer to the agent: either one that is kept until its cost is on record, or a stream."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._kept: tuple[int, Headers, bytes] | None = None
        self._streaming = False

    def keep(self, status: int, headers: Headers, body: bytes) -> None:
        self._kept = (status, headers, body)

    def refuse(self, draft: Draft, status: int | None = None, *, wait_s: float = 0.0) -> None:
        """Keep a problem in the words of the protocol, for when nothing of an answer was sent."""
        code = status or status_of(draft.outcome)
        text = problem(draft.protocol, draft.outcome, draft.redactor.text(draft.detail), status=code)
        after = [("retry-after", str(math.ceil(wait_s)))] if wait_s else []
        self.keep(code, [("content-type", "application/json"), *after], text)

    async def begin(self, status: int, headers: Headers) -> None:
        self._streaming = True
        await self._start(status, headers)

    async def part(self, data: bytes) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def finish(self, outcome: Outcome) -> None:
        """End it. A stream that did not come whole is left without an end, so that the agent sees the cut."""
        if self._streaming:
            if outcome not in _BROKEN:
                await self._send({"type": "http.response.body", "body": b""})
        elif self._kept is not None:
            status, headers, body = self._kept
            await self._start(status, [*headers, ("content-length", str(len(body)))])
            await self._send({"type": "http.response.body", "body": body})

    async def _start(self, status: int, headers: Headers) -> None:
        coded = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]
        await self._send({"type": "http.response.start", "status": status, "headers": coded})


def scope_path(request: Request) -> str:
    """The path as it came, before anything was decoded: `%2e` is not `.`."""
    raw = request.scope.get("raw_path") or request.url.path.encode()
    return bytes(raw).decode("latin-1")


async def _gone(request: Request) -> None:
    """Ends when the agent hangs up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
