"""A real repository to look at, written commit by commit, and a room-sized way to discover in it."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from windlass.backlog import SOURCES, Discovery, Hit, Report, Repository, Source, View, discover, tend
from windlass.kernel import FixedClock, Ran, Tools
from windlass.store import Database
from windlass.workspace import Checkout, Mirror


class Project:
    """A user's repository and its mirror."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "project"
        self.path.mkdir()
        self._git("init", "-q", "-b", "main")
        self.mirror = Mirror.create(folder / "mirror")
        self._turn = 0

    def commit(self, files: Mapping[str, str | bytes | None]) -> str:
        """Write (None: delete) files and commit; the commit as the mirror has it."""
        for name, content in files.items():
            path = self.path / os.fsdecode(name) if isinstance(name, bytes) else self.path / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self.snapshot()

    def move(self, old: str, new: str) -> None:
        (self.path / new).parent.mkdir(parents=True, exist_ok=True)
        (self.path / old).rename(self.path / new)

    def snapshot(self) -> str:
        self._turn += 1
        self._git("add", "-A")
        self._git("commit", "-q", "--allow-empty", "-m", f"change {self._turn}")
        return self.mirror.sync(Checkout.open(self.path))

    def _git(self, *args: str) -> None:
        author = {
            f"GIT_{who}_{what}": "t@example.org"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        when = {"GIT_AUTHOR_DATE": "@1700000000 +0000", "GIT_COMMITTER_DATE": "@1700000000 +0000"}
        env = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1",
            **author,
            **when,
        }
        subprocess.run(["git", *args], cwd=self.path, env=env, check=True, capture_output=True)


class Desk:
    """Discovers in a project with chosen sources."""

    def __init__(self, database: Database, project: Project, clock: FixedClock) -> None:
        self.database, self.project, self.clock = database, project, clock
        self.repository: Repository = database.write(
            lambda tx: tend(tx, "project", str(project.path), "main", clock())
        )
        self.sources: list[Source] = [SOURCES.open("comments", {}, Tools(clock, no_programs, str))]

    def discover(self, commit: str, *, write: bool = True) -> Discovery:
        self.clock.advance(60)
        return discover(
            self.database, self.repository, self.project.mirror, commit, self.sources, run=no_programs,
            now=self.clock(), write=write,
        )  # fmt: skip


class Told:
    """A source that reports what it is told to."""

    version = "told/1"

    def __init__(self, name: str = "told") -> None:
        self.name = name
        self.reports: list[Report | Exception] = []
        self.views: list[View] = []

    def scan(self, view: View) -> Report:
        self.views.append(view)
        report = self.reports.pop(0)
        if isinstance(report, Exception):
            raise report
        return report


def no_programs(
    argv: Sequence[str], *, timeout_s: float, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> Ran:
    raise AssertionError(f"no program may run here: {argv}")


def hit(rule: str, path: str, line: int, text: str) -> Hit:
    """A plain hit, one item for each rule."""
    return Hit(rule, path, line, text, "note", "lint", rule, f"Mend {rule}")
