"""A service that was started: where it is, and one bounded exchange with it over HTTP."""

import http.client
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

HOST: Final = "127.0.0.1"
BODY_MAX: Final = 4 * 1024 * 1024
WAIT_S: Final = 5.0
"""For one answer, from the connection to its last byte."""
EARLY_MAX: Final = 10
"""Answers that only say that another will come."""
_SWITCH: Final = 101
_PART: Final = 65_536


class Unanswered(Exception):
    """No whole answer came. `late`: for want of time or of room here, which says nothing against the
    service.
    """

    def __init__(self, why: str, *, late: bool = False) -> None:
        super().__init__(why)
        self.late = late


class _Plug(socket.socket):
    """One that is read from until a moment of the monotonic clock, however little comes at once."""

    ends = 0.0

    def recv_into(self, *words: Any) -> int:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(left)
        return super().recv_into(*words)


class _Line(http.client.HTTPConnection):
    def __init__(self, port: int, ends: float) -> None:
        super().__init__(HOST, port, timeout=ends - time.monotonic())
        self.ends = ends

    def connect(self) -> None:
        super().connect()
        plug = _Plug(fileno=self.sock.detach())
        plug.settimeout(self.timeout)
        plug.ends, self.sock = self.ends, plug


@dataclass(frozen=True, slots=True)
class Ask:
    """`target`: path and query as they stand in the request line, every sign of them escaped."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers`: in their order, as they were sent. `seconds`: until the last byte."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    seconds: float

    def header(self, name: str) -> str | None:
        """The first header of a name, whatever its case."""
        return next(iter(self._of(name)), None)

    def field(self, name: str) -> str | None:
        """All headers of a name as the one that they stand for (RFC 9110, 5.3); of cookies the first."""
        told = self._of(name)[: 1 if name.lower() == "set-cookie" else None]
        return ", ".join(told) if told else None

    def _of(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True, slots=True)
class Target:
    """`headers`: sent with every request, for example a token of a test user. `until`: the moment of the
    monotonic clock after which nothing is asked any more.
    """

    port: int
    headers: Mapping[str, str] = field(default_factory=dict)
    until: float = float("inf")

    @property
    def late(self) -> bool:
        return time.monotonic() > self.until

    def ask(self, ask: Ask, *, wait_s: float = WAIT_S) -> Answer:
        """One exchange over a connection of its own. Raises Unanswered."""
        began = time.monotonic()
        ends = min(self.until, began + wait_s)
        if ends <= began:
            raise Unanswered("no time was left for it", late=True)
        line = _Line(self.port, ends)
        try:
            line.request(ask.method, ask.target, ask.body, {**self.headers, **ask.headers})
            told = _final(line.getresponse())
            body = _body(told)
        except TimeoutError as error:
            raise Unanswered(f"no whole answer within {ends - began:.1f} s", late=True) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unanswered(f"the connection broke: {type(error).__name__}: {str(error)[:120]}") from error
        finally:
            line.close()
        return Answer(told.status, tuple(told.getheaders()), body, time.monotonic() - began)


def _final(told: http.client.HTTPResponse) -> http.client.HTTPResponse:
    """The answer behind those that only say that one will come (RFC 9110, 15.2), which the library takes for
    the answer itself, but for 100. Raises HTTPException.
    """
    for _ in range(EARLY_MAX):
        if not 100 <= told.status < 200 or told.status == _SWITCH:
            return told
        told.headers = told.msg = None  # type: ignore[assignment]  # so it begins once more
        told.begin()
    raise http.client.HTTPException(f"more than {EARLY_MAX} answers of 1xx")


def _body(told: http.client.HTTPResponse) -> bytes:
    """What comes until the end of the answer or of the time. Raises TimeoutError, Unanswered."""
    had = bytearray()
    while part := told.read1(_PART):
        had += part
        if len(had) > BODY_MAX:
            raise Unanswered(f"the answer is larger than {BODY_MAX >> 20} MiB", late=True)
    if told.length:
        raise Unanswered(f"the connection broke: {told.length} bytes of the answer are missing")
    return bytes(had)
