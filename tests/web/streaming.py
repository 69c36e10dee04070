"""A real server with both streams on a real database, and clients that come back behind their last id."""

import contextlib
import json
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

from tests.journeys.warm import Child, warm

PROGRAM = Path(__file__).with_name("stream_server.py")
LOST = (httpx.TransportError, ConnectionClosed, InvalidHandshake, OSError, EOFError)
"""How a connection may end."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """One `stream_server.py` on a fixed port, which may be ended and started again."""

    database: str
    port: int = field(default_factory=free_port)
    options: tuple[str, ...] = ()
    child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1/ws"

    def start(self) -> "Server":
        words = [str(PROGRAM), self.database, str(self.port), *self.options]
        with tempfile.NamedTemporaryFile() as said:
            self.child = warm().start(words, os.environ, err=Path(said.name))
            until = time.monotonic() + 60
            while True:
                try:
                    socket.create_connection(("127.0.0.1", self.port), 1).close()
                    return self
                except OSError:
                    assert time.monotonic() < until
                    assert self.child.poll() is None, Path(said.name).read_text()
                    time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.child is not None:
            os.kill(self.child.pid, number)
            self.child.wait(30)
            self.child = None

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass
class SseMessage:
    """One server-sent event, as the standard's parser gives it."""

    name: str
    id: str
    data: Any


def sse(lines: Iterator[str]) -> Iterator[SseMessage]:
    """The parser of the HTML standard, as far as we send it: comments, event, id, data, retry."""
    name, last, data = "", "", []
    for line in lines:
        if not line:
            if data:
                yield SseMessage(name or "message", last, json.loads("\n".join(data)))
            name, data = "", []
            continue
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if key == "event":
            name = value
        elif key == "id":
            last = value
        elif key == "data":
            data.append(value)


@dataclass
class Client:
    """Follows until told to stop, and comes back behind its last id whenever the connection ends."""

    server: Server
    last: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    others: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    until: Callable[[dict[str, Any]], bool] = lambda event: False

    def take(self, message: dict[str, Any], place: str) -> None:
        if message["type"] in ("event", "unlisted"):
            self.events.append(message)
            assert place == message["id"]
            if self.until(message):
                self.stop.set()
        else:
            self.others.append(message)
        self.last = place

    def run(self) -> None:
        while not self.stop.is_set():
            with contextlib.suppress(*LOST):
                self.connect()
            time.sleep(0.05)


class SseClient(Client):
    def connect(self) -> None:
        headers = {"accept": "text/event-stream"} | ({"last-event-id": self.last} if self.last else {})
        timeout = httpx.Timeout(30)
        with httpx.stream("GET", f"{self.server.url}/v1/events", headers=headers, timeout=timeout) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            self.connections += 1
            for message in sse(answer.iter_lines()):
                self.take(message.data, message.id)
                if self.stop.is_set():
                    return


class SocketClient(Client):
    def connect(self) -> None:
        after = f"?after={self.last}" if self.last else ""
        with connect(self.server.socket_url + after, open_timeout=30, proxy=None) as channel:
            self.connections += 1
            while not self.stop.is_set():
                message = json.loads(channel.recv(timeout=30))
                self.take(message, message.get("id") or message["after"])
