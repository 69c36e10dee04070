"""A real `windlass serve` in a process of its own, on a data home or database of its own."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from tests.web.conftest import OID, tend
from windlass import dispatch, identity
from windlass.dispatch import FindingRef, Spec
from windlass.identity import Role, TokenKind
from windlass.store import Database, migrate, open_database

START_S = 60.0


def spec(path: str) -> Spec:
    """One file of its own: tasks on the same files never run at once."""
    return Spec("mechanic", (path,), ("F401",), (FindingRef(path, 1, "F401", "x"),), "fix")


class House:
    """`url` names the server once it is entered; `database` is a connection of the test's own."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self.home = folder / "home"
        self.log = folder / "serve.log"
        self.env = {**os.environ, "WINDLASS_HOME": str(self.home)}
        if database_url:
            self.env["WINDLASS_DATABASE_URL"] = database_url
        self._url = database_url or f"sqlite:///{self.home}/windlass.db"
        self.url = self.token = ""
        self.database: Database

    def __enter__(self) -> "House":
        self.home.mkdir(mode=0o700, parents=True)
        self.database = open_database(self._url)
        migrate(self.database)
        self.repository = self.database.write(tend)
        self.token = self.issue(TokenKind.PERSON, "person:admin", Role.ADMIN)
        command = [Path(sys.executable).parent / "windlass", "serve", "--no-repo", "--bind", "127.0.0.1:0"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=self.env, stdout=log, stderr=log)
        until = time.monotonic() + START_S
        while " at http://" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.05)
        self.url = "http" + self.log.read_text().partition(" at http")[2].split()[0]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.database.close()

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def issue(self, kind: TokenKind, subject: str, role: Role) -> str:
        def make(tx: Any) -> str:
            now = tx.now()
            return identity.issue(
                tx, kind, subject=subject, role=role, now=now, by="person:owner", expires_at=now + 86_400
            ).text

        return self.database.write(make)

    def file(self, count: int, lane: str = "backend") -> list[int]:
        def work(tx: Any) -> list[int]:
            number = dispatch.lane_id(tx, self.repository, lane)
            return [
                dispatch.add_task(
                    tx, repository_id=self.repository, item_id=None, lane=number, kind="fix", title="Fix it",
                    spec=spec(f"src/{lane}{one}.py"), wsjf=2.0, base=OID, now=tx.now(),
                )
                for one in range(count)
            ]  # fmt: skip

        return self.database.write(work)

    def claim(self) -> str:
        """A lease token of a task claimed over HTTP."""
        runner = self.issue(TokenKind.RUNNER, "runner:build-7", Role.AGENT)
        found = httpx.post(
            f"{self.url}/v1/tools/claim_task",
            json={},
            headers={"Authorization": f"Bearer {runner}"},
            timeout=30,
        ).json()
        token: str = found["lease"]["token"]
        return token
