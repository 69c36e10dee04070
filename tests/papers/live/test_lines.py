"""Services that are hostile to whoever connects: all of it ends soon."""

import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from websockets.utils import accept_key

from windlass.papers.live.lines import BYTES_MAX, GONE, Broken, End, Line, line
from windlass.papers.live.target import Target

TEXT, CONTINUED, CLOSE, PING, FINAL = 1, 0, 8, 9, 0x80


def frame(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes([first, size]) + payload
    return bytes([first, 127]) + struct.pack("!Q", size) + payload


@contextmanager
def hostile(talk: Callable[[socket.socket], None], *, shake: bool = True) -> Iterator[Target]:
    """A service that does the handshake and then whatever it likes."""

    def serve(plug: socket.socket) -> None:
        if shake:
            key = re.search(rb"(?i)sec-websocket-key: (\S+)", plug.recv(8192))
            assert key is not None
            plug.sendall(
                b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                + accept_key(key[1].decode()).encode()
                + b"\r\n\r\n"
            )
        talk(plug)

    def run() -> None:
        try:
            plug, _ = listening.accept()
            with plug:
                serve(plug)
        except OSError:
            pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=run, daemon=True).start()
        yield Target(listening.getsockname()[1])


def heard(target: Target, seconds: float, *, most: int = 1_000_000) -> tuple[int, Line]:
    with line(target, "/", {}, (), ends=time.monotonic() + seconds) as there:
        count = 0
        for _ in there.hear(60):
            count += 1
            if count == most:
                break
    return count, there


def forever(part: bytes) -> Callable[[socket.socket], None]:
    def talk(plug: socket.socket) -> None:
        while True:
            plug.sendall(part)

    return talk


def test_pings_without_end_that_nobody_reads_the_answers_of() -> None:
    began = time.monotonic()
    with hostile(forever(frame(FINAL | PING, b"x" * 100) * 100)) as target:
        count, there = heard(target, 0.8)
    assert (count, there.late) == (0, True)
    assert time.monotonic() - began < 4


def test_messages_without_end() -> None:
    began = time.monotonic()
    with hostile(forever(frame(FINAL | TEXT, b"{}") * 100)) as target:
        assert heard(target, 20, most=100)[0] == 100
    assert time.monotonic() - began < 4


def test_a_message_in_parts_without_end() -> None:
    def talk(plug: socket.socket) -> None:
        plug.sendall(frame(TEXT, b"a"))
        forever(frame(CONTINUED, b"a" * 1000))(plug)

    with hostile(talk) as target:
        count, there = heard(target, 10)
    assert (count, there.end and there.end.code, there.end and there.end.ours) == (0, 1009, True)


def test_a_message_that_says_it_is_giant() -> None:
    with hostile(lambda plug: plug.sendall(frame(FINAL | TEXT, b"a" * (BYTES_MAX + 1)))) as target:
        there = heard(target, 10)[1]
    assert there.end is not None
    assert (there.end.code, there.end.ours) == (1009, True)


@pytest.mark.parametrize(
    ("sent", "end"),
    [
        (frame(FINAL | CLOSE, struct.pack("!H", 1011) + b"oh"), End(1011, "oh")),
        (b"", End(GONE, "")),
        (frame(FINAL | 0x70 | TEXT, b"a"), End(1002, "reserved bits must be 0", ours=True)),
        (frame(FINAL | TEXT, b"\xff"), End(1007, "a text is not UTF-8 at byte 0", ours=True)),
    ],
)
def test_how_it_ended(sent: bytes, end: End) -> None:
    with hostile(lambda plug: plug.sendall(sent)) as target:
        assert heard(target, 5)[1].end == end


def test_a_handshake_that_drips_is_no_answer() -> None:
    def talk(plug: socket.socket) -> None:
        while True:
            plug.sendall(b"H")
            time.sleep(0.05)

    with (
        hostile(talk, shake=False) as target,
        pytest.raises((TimeoutError, Broken)),
        line(target, "/", {}, (), ends=time.monotonic() + 0.5),
    ):
        pass


def test_headers_without_end_are_no_answer() -> None:
    def talk(plug: socket.socket) -> None:
        plug.sendall(b"HTTP/1.1 101 x\r\n")
        forever(b"a: b\r\n")(plug)

    with (
        hostile(talk, shake=False) as target,
        pytest.raises(Broken),
        line(target, "/", {}, (), ends=time.monotonic() + 5),
    ):
        pass
