"""One WebSocket connection to the service, bounded in everything: time, messages, and the size of each.

The protocol is the library's; reading and writing is done here, in one thread and with a time limit on each:
a service that drips, floods or reads nothing keeps nobody waiting.
"""

import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import DATA_OPCODES, Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from windlass.papers.live.target import HOST, Target

OPEN_S: Final = 5.0
"""For the handshake."""
BYTES_MAX: Final = 1024 * 1024
"""Of one message."""
PARTS_MAX: Final = 2_000
"""Frames of one message."""
GONE: Final = 1006
"""What stands for an end without a word."""
_READ: Final = 65_536


class Refused(Exception):
    """The service answered the handshake with something else than a WebSocket. `status`: of HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the handshake is answered with {status}")
        self.status = status


class Broken(Exception):
    """No handshake came about."""


@dataclass(frozen=True, slots=True)
class End:
    """How a connection ended. `ours`: we ended it, for what came is no WebSocket, or too large."""

    code: int
    reason: str
    ours: bool = False


@dataclass
class Line:
    """`end`: set when it is over."""

    ends: float
    _plug: socket.socket
    _protocol: ClientProtocol
    end: End | None = None
    _came: list[Any] = field(default_factory=list)
    _parts: list[bytes] = field(default_factory=list)
    _text: bool = True

    @property
    def late(self) -> bool:
        return time.monotonic() >= self.ends

    def say(self, text: str) -> None:
        """Send one message, where it is not over yet."""
        if self.end is None and not self._over():
            self._protocol.send_text(text.encode("utf-8", "replace"))
            self._write()

    def hear(self, seconds: float) -> Iterator[str | bytes]:
        """What comes within some time, or until it is over."""
        until = min(self.ends, time.monotonic() + seconds)
        while True:
            while self._came and self.end is None:
                message = self._message(self._came.pop(0))
                if message is not None:
                    yield message
            if self.end is not None or self._over() or not self._read(until):
                return

    def open(self, headers: Mapping[str, str]) -> None:
        """Do the handshake. Raises Refused, Broken, TimeoutError."""
        request = self._protocol.connect()
        for name, value in headers.items():
            request.headers[name] = value
        request.headers["User-Agent"] = "windlass"
        self._protocol.send_request(request)
        self._write()
        until = min(self.ends, time.monotonic() + OPEN_S)
        while not self._came and self._protocol.handshake_exc is None:
            if self.end is not None or not self._read(until):
                if self.late:
                    raise TimeoutError("no time was left for it")
                raise Broken(f"the handshake is not answered within {OPEN_S:g} s")
        wrong = self._protocol.handshake_exc
        if isinstance(wrong, InvalidStatus):
            raise Refused(wrong.response.status_code) from wrong
        if wrong is not None or self._protocol.state is State.CONNECTING:
            raise Broken(f"the answer to the handshake is wrong: {str(wrong)[:150]}") from wrong
        assert isinstance(self._came.pop(0), Response)

    def close(self) -> None:
        if self.end is None and self._protocol.state is State.OPEN:
            self._protocol.send_close(1000)
            self.ends = min(self.ends, time.monotonic() + 0.5)
            self._write()

    def _read(self, until: float) -> bool:
        """Take in what has come; False where nothing did in time."""
        left = until - time.monotonic()
        if left <= 0:
            return False
        self._plug.settimeout(left)
        try:
            content = self._plug.recv(_READ)
        except TimeoutError:
            return False
        except OSError:
            content = b""
        if content:
            self._protocol.receive_data(content)
        else:
            self._protocol.receive_eof()
        self._came += self._protocol.events_received()
        self._write()
        return True

    def _write(self) -> None:
        for part in self._protocol.data_to_send():
            try:
                self._plug.settimeout(max(self.ends - time.monotonic(), 0.001))
                if part:
                    self._plug.sendall(part)
                else:
                    self._plug.shutdown(socket.SHUT_WR)
            except TimeoutError:
                self.end = End(GONE, "it does not read what is sent to it", ours=True)
            except OSError:
                pass  # it is gone, which the next reading finds after all that came before

    def _message(self, frame: Frame) -> str | bytes | None:
        """A message that is whole with this frame."""
        if frame.opcode not in DATA_OPCODES:
            return None
        if frame.opcode is not Opcode.CONT:
            self._text = frame.opcode is Opcode.TEXT
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            if len(self._parts) > PARTS_MAX:
                self.end = End(1009, f"one message in more than {PARTS_MAX} parts", ours=True)
            return None
        content = b"".join(self._parts)
        self._parts.clear()
        if not self._text:
            return content
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            self.end = End(1007, f"a text is not UTF-8 at byte {error.start}", ours=True)
            return None

    def _over(self) -> bool:
        """Whether the protocol knows of an end."""
        came, sent = self._protocol.close_rcvd, self._protocol.close_sent
        if sent is not None and not self._protocol.close_rcvd_then_sent:
            self.end = End(sent.code, sent.reason[:120], ours=True)
        elif came is not None:
            self.end = End(came.code, came.reason[:120])
        elif self._protocol.state is State.CLOSED:
            self.end = End(GONE, "")
        return self.end is not None


@contextmanager
def line(
    target: Target, path: str, headers: Mapping[str, str], protocols: Sequence[str], *, ends: float
) -> Iterator[Line]:
    """A connection whose handshake was right, until a moment of the monotonic clock. It is not compressed,
    and no redirection is followed. Raises Refused, Broken, and TimeoutError where no time is left.
    """
    ends = min(ends, target.until)
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("no time was left for it")
    protocol = ClientProtocol(
        parse_uri(f"ws://{HOST}:{target.port}{path}"), max_size=BYTES_MAX,
        subprotocols=[Subprotocol(one) for one in protocols] or None,
    )  # fmt: skip
    try:
        plug = socket.create_connection((HOST, target.port), timeout=min(left, OPEN_S))
    except OSError as error:
        raise Broken(f"there is no connection: {type(error).__name__}") from error
    with plug:
        made = Line(ends, plug, protocol)
        made.open(headers)
        try:
            yield made
        finally:
            with suppress(OSError):
                made.close()
