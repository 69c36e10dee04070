"""A whole application over a real database, called in process; every answer is held against the contract."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from windlass import dispatch, identity
from windlass.app.vitals import Vitals, Watched
from windlass.dispatch import FindingRef, Spec
from windlass.events import Feed
from windlass.identity import Principal, Role, TokenKind
from windlass.kernel import FixedClock
from windlass.mesh import Mesh, MeshSettings
from windlass.store import Database
from windlass.web import WebSettings, create_app

HOST = "windlass.test"
OID = "a" * 40


@dataclass
class Site:
    """One server, and credentials of every kind."""

    database: Database
    client: TestClient
    clock: FixedClock
    served: Any
    tokens: dict[str, str] = field(default_factory=dict)
    repository: int = 1

    def token(self, role: str = "admin", *, kind: TokenKind = TokenKind.PERSON, subject: str = "",
              **more: Any) -> str:  # fmt: skip
        name = f"{kind.value}{role}{subject}{more}"
        if name not in self.tokens:
            who = subject or f"person:{role}"

            def make(tx: Any) -> str:
                now = tx.now()
                return identity.issue(
                    tx, kind, subject=who, role=Role(role), now=now, by="person:owner",
                    expires_at=now + 86_400, **more,
                ).text  # fmt: skip

            self.tokens[name] = self.database.write(make)
        return self.tokens[name]

    def runner(self, instance: str = "build-7") -> str:
        return self.token("agent", kind=TokenKind.RUNNER, subject=f"runner:{instance}")

    def ask(self, method: str, path: str, body: Any = None, *, token: str | None = None,
            headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:  # fmt: skip
        """One call as `token`, an admin by default; an empty token sends none."""
        token = self.token() if token is None else token
        known = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            more["json"] = body
        found: httpx.Response = self.client.request(method, path, headers=known | (headers or {}), **more)
        return found

    def good(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The document of an answer that has to be good."""
        found = self.ask(method, path, body, **more)
        assert found.status_code < 300, found.text
        return found.json() if found.content else None

    def bad(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, dict[str, Any]]:
        """Status and problem of an answer that has to be an error."""
        found = self.ask(method, path, body, **more)
        assert found.headers["content-type"] == "application/problem+json", found.text
        told = found.json()
        assert told["status"] == found.status_code
        return found.status_code, told

    def file(self, count: int = 1, *, lane: str = "backend", title: str = "Fix it") -> list[int]:
        """Ready tasks."""

        def spec() -> Spec:
            path = f"src/{uuid.uuid4().hex}.py"  # tasks on the same files never run at once
            return Spec("mechanic", (path,), ("F401",), (FindingRef(path, 1, "F401", "x"),), "fix")

        def work(tx: Any) -> list[int]:
            number = dispatch.lane_id(tx, self.repository, lane)
            return [
                dispatch.add_task(
                    tx, repository_id=self.repository, item_id=None, lane=number, kind="fix", title=title,
                    spec=spec(), wsjf=2.0, base=OID, now=tx.now(),
                )
                for _ in range(count)
            ]  # fmt: skip

        return self.database.write(work)

    def claim(self, token: str | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self.good("POST", "/v1/tools/claim_task", {}, token=token or self.runner())
        return found

    def events(self) -> list[str]:
        return [row["kind"] for row in self.database.read(_events)]

    def open_link(self, principal: Principal = identity.OWNER) -> str:
        return self.database.write(lambda tx: identity.make_link(tx, principal, tx.now())).text


def _events(tx: Any) -> Any:
    return tx.rows("SELECT kind FROM wl_event ORDER BY seq")


def serve(database: Database, folder: Path, **settings: Any) -> Any:
    """What the application needs of a server, without a data home."""
    return SimpleNamespace(
        database=database, mesh=Mesh(database, MeshSettings(), source=None), feed=Feed(database), plants={},
        node=SimpleNamespace(id="node-1"), vitals=Vitals(Watched(database, "node-1", folder)), **settings,
    )  # fmt: skip


def tend(tx: Any) -> int:
    tx.execute(
        "INSERT INTO wl_repository (name, path, main, added_at) VALUES ('shop', '/shop', 'main', :now)",
        now=tx.now(),
    )
    return int(tx.scalar("SELECT id FROM wl_repository WHERE name = 'shop'"))


@pytest.fixture
def site(database: Database, clock: FixedClock, tmp_path: Path) -> Iterator[Site]:
    """The application on each database."""
    yield from _site(database, clock, tmp_path)


@pytest.fixture
def lite_site(sqlite: Database, clock: FixedClock, tmp_path: Path) -> Iterator[Site]:
    """The application on SQLite alone, for what no database makes different."""
    yield from _site(sqlite, clock, tmp_path)


def _site(database: Database, clock: FixedClock, folder: Path) -> Iterator[Site]:
    number = database.write(tend)
    served = serve(database, folder)
    app = create_app(served, WebSettings({HOST}, strict=True))
    with TestClient(app, base_url=f"http://{HOST}", follow_redirects=False) as client:
        yield Site(database, client, clock, served, repository=number)
    served.feed.close()
