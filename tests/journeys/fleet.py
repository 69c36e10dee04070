"""Real servers and workers as processes: what a person starts on several hosts, here on one."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.journeys.plant import Plant
from tests.journeys.warm import WINDLASS, Child, warm
from windlass import backlog, dispatch, identity
from windlass.identity import Role, TokenKind
from windlass.store import Database, open_database

UP_S = 60.0


def free_port(host: str = "127.0.0.1") -> int:
    with socket.create_server((host, 0)) as probe:
        return int(probe.getsockname()[1])


def until(done: Callable[[], Any], seconds: float, what: str = "it") -> Any:
    """Wait for something that is true, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := done():
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come about in {seconds:.0f} s")


@dataclass
class Program:
    """One process that can be killed, frozen and started again."""

    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    child: "Child | subprocess.Popen[bytes] | None" = None
    starts: int = 0

    def start(self) -> "Program":
        self.log.touch()
        if self.command[0] == WINDLASS:
            self.child = warm().start(self.command, self.env, self.log, self.log)
        else:
            with self.log.open("ab") as log:
                self.child = subprocess.Popen(
                    list(self.command), env=dict(self.env), stdout=log, stderr=log, stdin=subprocess.DEVNULL
                )
        self.starts += 1
        return self

    @property
    def pid(self) -> int:
        assert self.child is not None
        return self.child.pid

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def signal(self, number: int) -> None:
        if self.running:
            os.kill(self.pid, number)

    def kill(self) -> None:
        if self.child is not None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGKILL)
            self.child.wait()

    def stop(self, seconds: float = 60.0) -> int:
        """End it as an operator does; its exit code."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        assert self.child is not None
        return self.child.wait(seconds)

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")


@dataclass
class Fleet:
    """Servers with homes of their own over one repository and one PostgreSQL."""

    plant: Plant
    database_url: str
    programs: list[Program] = field(default_factory=list)
    _database: Database | None = None

    @property
    def database(self) -> Database:
        """Our own way in, past every proxy."""
        if self._database is None:
            self._database = open_database(self.database_url)
        return self._database

    def server(
        self, name: str, *more: str, port: int, host: str = "127.0.0.1", url: str = "", workers: int = 0,
        prefix: Sequence[str] = (),
    ) -> Program:  # fmt: skip
        """`url`: another way to the database, such as through a proxy."""
        env = {
            **self.plant.env, "WINDLASS_HOME": str(self.plant.folder / name), **self._where(url),
        }  # fmt: skip
        command = [
            *prefix, WINDLASS, "serve", "--repo", str(self.plant.repo), "--land",
            "--bind", f"{host}:{port}", "--workers", str(workers), *more,
        ]  # fmt: skip
        return self._add(Program(command, env, self.plant.folder / f"{name}.log"))

    def worker(self, name: str, server: str, token: Path, *more: str, prefix: Sequence[str] = ()) -> Program:
        env = {**self.plant.env, "WINDLASS_HOME": str(self.plant.folder / name)}
        env.pop("WINDLASS_DATABASE_URL", None)
        command = [
            *prefix,
            WINDLASS,
            "worker",
            "--server",
            server,
            "--token-file",
            str(token),
            *more,
        ]
        return self._add(Program(command, env, self.plant.folder / f"{name}.log"))

    def _where(self, url: str = "") -> dict[str, str]:
        """A file in the data home needs no address."""
        if self.database_url.startswith("sqlite"):
            return {}
        return {"WINDLASS_DATABASE_URL": url or self.database_url}

    def token(self, name: str, home: str = "tokens") -> Path:
        """A runner's token, made as a person makes it."""
        file = self.plant.folder / f"{name}.token"
        env = {**self.plant.env, "WINDLASS_HOME": str(self.plant.folder / home), **self._where()}
        command = [WINDLASS, "token", "create", f"runner:{name}", "--out", str(file)]
        warm().run(command, env, UP_S).check_returncode()
        return file

    def quick_token(self, name: str) -> Path:
        """The same without a process of its own."""
        issued = self.database.write(
            lambda tx: identity.issue(
                tx, TokenKind.RUNNER, subject=f"runner:{name}", role=Role.AGENT, now=tx.now(),
                expires_at=tx.now() + 86_400, by="person:owner",
            )
        )  # fmt: skip
        file = self.plant.folder / f"{name}.token"
        file.touch(mode=0o600)
        file.write_text(issued.text)
        return file

    def up(self, program: Program, seconds: float = UP_S) -> Program:
        """Wait until a server says that it serves."""
        before = program.said.count("windlass serves") if program.log.exists() else 0
        program.start()
        until(
            lambda: program.said.count("windlass serves") > before or not program.running,
            seconds,
            "the server",
        )
        assert program.running, program.said[-3000:]
        return program

    def file(self, count: int, *, lane: str, paths: Callable[[int], str], attempts_max: int = 3) -> list[int]:
        """File tasks that stand for themselves, without a backlog behind them."""
        main = self.plant.git("rev-parse", "main")
        path = str(self.plant.repo)

        def work(tx: Any) -> list[int]:
            number = next(one.id for one in backlog.repositories(tx) if one.path == path)
            place = dispatch.lane_id(tx, number, lane)
            return [
                dispatch.add_task(
                    tx, repository_id=number, item_id=None, lane=place, kind="fix", title=f"Write {paths(n)}",
                    spec=dispatch.Spec(lane, (paths(n),), instructions="write it"), wsjf=1.0 + n % 7,
                    base=main, now=tx.now(), attempts_max=attempts_max,
                )
                for n in range(count)
            ]  # fmt: skip

        return self.database.write(work)

    def statuses(self) -> dict[int, str]:
        rows = self.database.read(lambda tx: tx.rows("SELECT id, status FROM wl_task ORDER BY id"))
        return {int(row["id"]): str(row["status"]) for row in rows}

    def rows(self, sql: str, **values: Any) -> list[Mapping[str, Any]]:
        return self.database.read(lambda tx: tx.rows(sql, **values))

    def close(self) -> None:
        for program in self.programs:
            program.kill()
        if self._database is not None:
            self._database.close()

    def _add(self, program: Program) -> Program:
        self.programs.append(program)
        return program
