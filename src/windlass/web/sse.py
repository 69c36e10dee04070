"""GET /v1/events: the event log as server-sent events, resumable by `Last-Event-ID`."""

from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from windlass.events import Filter, parse_cursor
from windlass.kernel import Invalid
from windlass.web.following import Ask, Follower, Gone, Streams, beside, ended
from windlass.web.frames import signal

HEADERS: Final = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # nginx would keep events back until its buffer is full
}
RETRY: Final = b"retry: 1000\n\n"
"""Milliseconds after which a browser connects again."""
FOR_S_MAX: Final = 86_400.0


def asked(request: HTTPConnection, repository: int | None = None) -> Ask:
    """What the query and the header ask for; `repository` is the only one that the caller may see."""
    query = request.query_params
    place = request.headers.get("last-event-id") or query.get("after")
    return Ask(
        chosen=Filter(
            tasks=frozenset(_number(text) for text in query.getlist("task")),
            kinds=frozenset(query.getlist("kind")),
            repository=repository,
        ),
        after=parse_cursor(place) if place else None,
        for_s=_seconds(query.get("for_s")),
    )


async def open_stream(streams: Streams, ask: Ask) -> "EventStream":
    """The response; errors are raised here, while a status can still say them."""
    return EventStream(streams, await streams.follow(ask))


class EventStream(Response):
    """Sends Hello, the events, Pings in between, and Bye at the end."""

    def __init__(self, streams: Streams, follower: Follower) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._streams, self._follower = streams, follower

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        follower = self._follower
        try:
            async with beside(_watch(receive, follower)):
                await follower.give(
                    send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                )
                last = await self._tell(send)
                await follower.give(send(_body(last, more=False)))
        except (Gone, OSError):
            return
        finally:
            follower.close()

    async def _tell(self, send: Send) -> bytes:
        """Everything up to the end; gives the last words."""
        frames, clock, follower = self._streams.frames, self._streams.clock, self._follower
        place = follower.place
        hello = frames.hello(clock(), place, self._streams.ping_every_s)
        await follower.give(send(_body(RETRY + signal("hello", hello, place))))
        while True:
            try:
                notices = await follower.turn()
                if notices:
                    told = b"".join(frames.sse(one) for one in notices)
                else:
                    told = signal("ping", frames.ping(clock(), follower.place), follower.place)
            except Gone:
                raise
            except Exception as error:  # the stream's edge: the client is told, the log knows the rest
                reason, place = ended(error, place, follower.place)
                return signal("bye", frames.bye(clock(), place, reason), place)
            await follower.give(send(_body(told)))
            place = notices[-1].place if notices else follower.place


async def _watch(receive: Receive, follower: Follower) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    follower.leave()


def _body(content: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 16 and int(text) > 0:
        return int(text)
    raise Invalid(f"{text[:40]!r} is not a task's number", hint="e.g. ?task=12")


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0.0 <= found <= FOR_S_MAX:
        raise Invalid(f"for_s {text[:40]!r} is not between 0 and {FOR_S_MAX:.0f} seconds")
    return found
