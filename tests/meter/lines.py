"""A meter between a client and the scripted model, over real sockets."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.scripted.asking import SHELL, Spoken

from windlass.meter import Account, Exchange, Line, Meter, Protocol, Provider, Tally
from windlass.scripted import Answered, Script, serving

KEY = "sk-real-0123456789abcdef"
WAIT_S = 60.0
ACCOUNT = Account(1, 12, 3, "backend")
EVERY = frozenset(Protocol)
CLIENT = httpx.Client(trust_env=False, timeout=WAIT_S, limits=httpx.Limits(max_keepalive_connections=0))


@dataclass
class Desk:
    """One line: what a client sends through it, what the provider saw, what was told."""

    url: str
    tally: Tally
    told: list[Exchange] = field(default_factory=list)
    seen: list[Answered] = field(default_factory=list)

    def post(self, spoken: Spoken, done: int = 0, *, stream: bool = False, **more: Any) -> httpx.Response:
        body = {**spoken.body(done, SHELL, stream), **more}
        return CLIENT.post(self.url + spoken.path(stream), json=body)

    def exchange(self, count: int = 1) -> Exchange:
        """The last exchange, once so many were told: one is told after its client has the answer."""
        until = time.monotonic() + WAIT_S
        while len(self.told) < count:
            assert time.monotonic() < until, self.told
            time.sleep(0.005)
        return self.told[count - 1]


def listener() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0), backlog=128)


@contextmanager
def desk(script: Script, **more: Any) -> Iterator[Desk]:
    """A line to the scripted model; `more` goes into the Line."""
    with Meter() as meter:
        tally = more.pop("ledger", None) or Tally(ACCOUNT)
        made = Desk("", tally)
        with serving(script, watch=made.seen.append) as url:
            more = {"key": lambda: KEY, "record": made.told.append, "ledger": tally, **more}
            provider = Provider("scripted", url, EVERY)
            sock = listener()
            made.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
            meter.open(Line(provider, **more), sock)
            yield made


@contextmanager
def raw_provider(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A provider that does with each connection what `answer` does, after the head of the request."""
    sock = listener()
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                connection = sock.accept()[0]
            except OSError:
                return
            with connection:
                connection.settimeout(WAIT_S)
                data = b""
                while b"\r\n\r\n" not in data:
                    data += connection.recv(65536)
                answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        stop.set()
        sock.shutdown(socket.SHUT_RDWR)
        sock.close()
        thread.join(WAIT_S)
