"""A mesh on a real database, served to real clients: in process, over HTTP on loopback, on standard input."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx2
import pytest
import uvicorn
from mcp.client.streamable_http import streamable_http_client
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.dispatch.conftest import Desk

from windlass import backlog, events
from windlass.contracts import load_contract
from windlass.identity import (
    Door,
    LeaseRef,
    Principal,
    Role,
    TokenKind,
    issue,
    served_names,
)
from windlass.mcp.calls import Calls
from windlass.mcp.catalogue import catalogue
from windlass.mcp.http import RECHECK_EVERY_S, Endpoint
from windlass.mcp.server import Counter, server_of
from windlass.mesh import Mesh, MeshSettings, procedure
from windlass.mesh.source import MemorySource
from windlass.store import Database

HOUR = 3600.0


@dataclass
class Place:
    """One mesh and who may call it."""

    database: Database
    source: MemorySource = field(default_factory=MemorySource)

    def __post_init__(self) -> None:
        self.database.write(lambda tx: backlog.tend(tx, "shop", "/srv/shop", "main", tx.now()))
        self.mesh = Mesh(self.database, MeshSettings(), source=self.source)
        self.door = Door(self.database)
        self.desk = Desk(self.database)

    def token(
        self, kind: TokenKind = TokenKind.RUNNER, role: Role = Role.AGENT, subject: str = "runner:w1",
        *, life_s: float = HOUR, lease: LeaseRef | None = None,
    ) -> str:  # fmt: skip
        return self.database.write(
            lambda tx: issue(tx, kind, subject=subject, role=role, now=tx.now(), expires_at=tx.now() + life_s,
                             by="person:owner", lease=lease)
        ).text  # fmt: skip

    def person(self, role: Role = Role.ADMIN, name: str = "ann") -> str:
        return self.token(TokenKind.PERSON, role, f"person:{name}")

    def server(self, principal: Principal):
        """The MCP server as one caller sees it, without any transport."""
        entries = catalogue(load_contract())
        calls = Calls(self.mesh, self.door, entries)
        return server_of(Counter(calls, entries, procedure, lambda ctx: principal))

    def told(self, kind: str) -> list[events.Event]:
        return [event for event in self.database.read(events.history) if event.kind == kind]


@pytest.fixture
def place(database: Database) -> Place:
    """The same on both databases."""
    return Place(database)


@pytest.fixture
def lite(sqlite: Database) -> Place:
    """For tests of the transport, which is the same on any database."""
    return Place(sqlite)


class Adding:
    """Adds a bearer to requests that have none: for clients that cannot be told to send one."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._header = app, (b"authorization", f"Bearer {token}".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not any(name == b"authorization" for name, _ in scope["headers"]):
            scope = {**scope, "headers": [*scope["headers"], self._header]}
        await self._app(scope, receive, send)


@dataclass
class Site:
    """A served endpoint."""

    place: Place
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    def transport(self, token: str):
        """How the SDK's client reaches it with this bearer."""
        return streamable_http_client(
            self.url, http_client=httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60)
        )


def serve(
    place: Place, *, bearer: str | None = None, recheck_every_s: float = RECHECK_EVERY_S
) -> Iterator[Site]:
    """Serve on a free port of loopback until the generator is closed."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    names = served_names("127.0.0.1", port)
    endpoint = Endpoint(place.mesh, place.door, names, recheck_every_s=recheck_every_s)
    app: ASGIApp = Starlette(routes=[endpoint.route], lifespan=endpoint.lifespan)
    if bearer:
        app = Adding(app, bearer)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield Site(place, port)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture
def site(lite: Place) -> Iterator[Site]:
    yield from serve(lite)


@pytest.fixture
def open_site(lite: Place) -> Iterator[Site]:
    """Every caller without a bearer is an admin here: what the conformance suite needs."""
    yield from serve(lite, bearer=lite.person())
