"""Who follows hears soon that the token or session is not good any more, and why the stream ends."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.web.conftest import serve, tend
from tests.web.streaming import sse
from windlass import identity
from windlass.identity import Issued, Role, TokenKind, served_names
from windlass.kernel import FixedClock
from windlass.store import Database
from windlass.web import WebSettings, create_app
from windlass.web.auth import COOKIE

WAIT_S = 60.0


@dataclass
class Hall:
    """A server on loopback that asks its followers ten times a second."""

    database: Database
    clock: FixedClock
    host: str

    def token(self) -> Issued:
        return self.database.write(
            lambda tx: identity.issue(
                tx, TokenKind.PERSON, subject="person:ann", role=Role.VIEWER, now=tx.now(),
                expires_at=tx.now() + 3600, by="test",
            )
        )  # fmt: skip

    def cookie(self) -> str:
        link = self.database.write(lambda tx: identity.make_link(tx, identity.OWNER, tx.now()))
        return self.database.write(lambda tx: identity.open_session(tx, link.text, tx.now()))[0]

    def revoke(self, made: Issued) -> None:
        self.database.write(lambda tx: identity.revoke(tx, made.id, "test", tx.now()))


@pytest.fixture
def hall(sqlite: Database, clock: FixedClock, tmp_path: Path) -> Iterator[Hall]:
    sqlite.write(tend)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    served = serve(sqlite, tmp_path)
    settings = WebSettings(served_names("127.0.0.1", port), strict=True, recheck_every_s=0.1)
    config = uvicorn.Config(create_app(served, settings), log_level="critical", ws="websockets-sansio")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + WAIT_S
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    yield Hall(sqlite, clock, f"127.0.0.1:{port}")
    served.feed.close()
    server.should_exit = True
    thread.join(WAIT_S)


def follow(hall: Hall, headers: dict[str, str], act: Callable[[], object]) -> list[dict[str, Any]]:
    """Hear an event over server-sent events, do something, and hear on to the end."""
    found = []
    with httpx.stream("GET", f"http://{hall.host}/v1/events", headers=headers, timeout=WAIT_S) as answer:
        for message in sse(answer.iter_lines()):
            if message.name == "hello":
                hall.token()  # an event like any other
            elif len(found) == 1:
                act()
            found.append(message.data)
    return found


def expire(hall: Hall) -> None:
    hall.clock.advance(3601)


@pytest.mark.parametrize("act", [Hall.revoke, lambda hall, made: expire(hall)], ids=["revoked", "expired"])
def test_a_stream_ends_with_the_token_it_was_opened_with(hall: Hall, act: Any) -> None:
    made = hall.token()
    known = {"Authorization": f"Bearer {made.text}"}
    *_, last = follow(hall, known, lambda: act(hall, made))
    assert (last["type"], last["reason"]) == ("bye", "credential")
    assert "valid" in last["hint"]
    assert httpx.get(f"http://{hall.host}/v1/events?for_s=0", headers=known).status_code == 401


def test_a_stream_of_a_browser_ends_with_its_session(hall: Hall) -> None:
    cookie = hall.cookie()

    def leave() -> None:
        hall.database.write(lambda tx: identity.close_session(tx, cookie, tx.now()))

    *_, last = follow(hall, {"Cookie": f"{COOKIE}={cookie}"}, leave)
    assert last["reason"] == "credential"


def test_a_socket_ends_with_the_token_it_was_opened_with(hall: Hall) -> None:
    made = hall.token()
    known = {"Authorization": f"Bearer {made.text}"}
    with connect(f"ws://{hall.host}/v1/ws", additional_headers=known) as talk:
        assert json.loads(talk.recv(WAIT_S))["type"] == "hello"
        hall.revoke(made)
        told = json.loads(talk.recv(WAIT_S))
        while told["type"] == "event":  # its own revocation may still be told
            told = json.loads(talk.recv(WAIT_S))
        assert (told["type"], told["reason"]) == ("bye", "credential")
        with pytest.raises(ConnectionClosed) as closed:
            talk.recv(WAIT_S)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "credential")


def test_whoever_is_still_known_hears_on(hall: Hall) -> None:
    made = hall.token()
    known = {"Authorization": f"Bearer {made.text}"}
    with connect(f"ws://{hall.host}/v1/ws", additional_headers=known) as talk:
        assert json.loads(talk.recv(WAIT_S))["type"] == "hello"
        until = time.monotonic() + 0.5  # several times asked
        while time.monotonic() < until:
            time.sleep(0.1)
        hall.token()
        assert json.loads(talk.recv(WAIT_S))["type"] == "event"
