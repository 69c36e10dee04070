"""Messages as bytes, checked against asyncapi.yaml when made; an event is made once for all clients."""

import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from windlass.contracts import Malformed, parse_json
from windlass.events import Cursor, Notice
from windlass.kernel import Invalid, WindlassError, iso
from windlass.web.messages import Messages

FRAME_MAX: Final = 65_536
"""Bytes of one frame that a client may send."""

_ENCODE: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_LOG: Final = logging.getLogger(__name__)

HINTS: Final[Mapping[str, str]] = {
    "slow": "take messages faster or choose fewer; connect again behind the last id",
    "restart": "connect again behind the last id, here in a moment or to another server",
    "fault": "connect again behind the last id; the server's log says what happened",
    "over": "connect again behind the last id for more",
    "credential": "connect again behind the last id with a token or session that is valid",
}
"""Reasons of Bye, each with what to do."""


class BadFrame(Invalid):
    """A client sent what the contract does not know."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client's Subscribe asks for."""

    after: str | None
    tasks: frozenset[int]
    kinds: frozenset[str]
    repository: int | None


class Frames:
    """Makes and reads the frames of both streams."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._lock = threading.Lock()
        self._told: set[str] = set()
        self.violations = 0
        """Events that did not fit the contract since the start: a bug, or a newer server on this database."""

    def event(self, notice: Notice) -> bytes:
        """The JSON of an event."""
        made = notice.wire.get("json")
        if made is None:
            made = notice.wire["json"] = self._made(notice)
        return made

    def sse(self, notice: Notice) -> bytes:
        """An event as the bytes of one SSE message."""
        made = notice.wire.get("sse")
        if made is None:
            made = notice.wire["sse"] = b"id: %b\ndata: %b\n\n" % (
                str(notice.place).encode(), self.event(notice),
            )  # fmt: skip
        return made

    def hello(self, now: float, after: Cursor, ping_every_s: float) -> bytes:
        return self._signal("hello", now, after, ping_every_s=ping_every_s)

    def ping(self, now: float, after: Cursor) -> bytes:
        return self._signal("ping", now, after)

    def pong(self, now: float, after: Cursor) -> bytes:
        return self._signal("pong", now, after)

    def bye(self, now: float, after: Cursor, reason: str) -> bytes:
        return self._signal("bye", now, after, reason=reason, hint=HINTS[reason])

    def read(self, text: str) -> Wanted | None:
        """What a client's frame asks for, None for a ping; BadFrame for everything else."""
        message = _parsed(text)
        name = "client-ping" if message.get("type") == "ping" else "subscribe"
        if problem := self._messages.problem(name, message):
            raise BadFrame(problem)
        if name == "client-ping":
            return None
        return Wanted(
            after=message.get("after"), tasks=frozenset(message.get("tasks", ())),
            kinds=frozenset(message.get("kinds", ())), repository=message.get("repository"),
        )  # fmt: skip

    def _made(self, notice: Notice) -> bytes:
        message = notice.message()
        kind = notice.event.kind
        listed = kind in self._messages.kinds
        problem = self._messages.problem(kind, message) if listed else "the contract does not list this kind"
        if problem is not None:
            self._violated(kind, problem)
            message |= {"type": "unlisted", "data": {}}
            self._check("unlisted", message)
        return _bytes(message)

    def _signal(self, name: str, now: float, after: Cursor, **more: object) -> bytes:
        message = {"type": name, "at": iso(now), "after": str(after), **more}
        self._check(name, message)
        return _bytes(message)

    def _check(self, name: str, message: Mapping[str, object]) -> None:
        if problem := self._messages.problem(name, message):
            raise WindlassError(f"a message {name!r} breaks asyncapi.yaml: {problem}")

    def _violated(self, kind: str, problem: str) -> None:
        """Count each, log each kind once: a newer server may tell of the same kind all day."""
        with self._lock:
            self.violations += 1
            first = kind not in self._told
            self._told.add(kind)
        if first:
            _LOG.error("event %s does not fit asyncapi.yaml and is told without its data: %s", kind, problem)


def signal(name: str, message: bytes, after: Cursor | None) -> bytes:
    """Hello, Ping or Bye as an SSE message; with `after` the client's EventSource remembers the place."""
    place = b"" if after is None else b"id: %b\n" % str(after).encode()
    return b"event: %b\n%bdata: %b\n\n" % (name.encode(), place, message)


def _bytes(message: Mapping[str, object]) -> bytes:
    """Half of a surrogate pair, which a path that is not UTF-8 may bring, becomes a question mark."""
    return _ENCODE(message).encode(errors="replace")


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        found = parse_json(text.encode(errors="surrogatepass"))
    except Malformed as error:
        raise BadFrame(str(error).replace("the body", "the frame")) from error
    if not isinstance(found, dict):
        raise BadFrame("a frame is one JSON object")
    return found
