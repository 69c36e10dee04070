"""A small real repository, a data home, and the real command line as a subprocess."""

import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.journeys.warm import WINDLASS, Child, warm
from tests.support import environments

PROJECT = """
[project]
name = "shop"
version = "0.1"
[tool.ruff.lint]
select = ["F", "I", "W"]
"""
MODULE = """import os
import sys


def total_{n}(prices):
    return sum(prices)
"""
TESTS = """import unittest

from shop.part_0 import total_0


class TotalTest(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total_0([1, 2]), 3)

    def test_known_broken(self):
        self.assertEqual(total_0([1]), 2)
"""


@dataclass
class Plant:
    """One repository under care, driven from outside as a user drives it."""

    folder: Path
    database: str = ""
    more_env: dict[str, str] = field(default_factory=dict)
    parts: int = 0
    cold: bool = False
    """Whether the story begins with Python: other programs, or other code, than those of this process."""

    @property
    def repo(self) -> Path:
        return self.folder / "repo"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WINDLASS_")}
        own = {
            "WINDLASS_HOME": str(self.home),
            "HOME": str(self.folder / "user"),
            "WINDLASS_AUTONOMY_DAILY_PRS": "1000",
            # Main is looked at where a story is about that; older code does not know the setting.
            "WINDLASS_LAND_PROVE_TIER": "" if self.cold else "0",
            "WINDLASS_DATABASE_URL": self.database,
            environments.VARIABLE: "" if self.cold else str(environments.shared()),
        }
        return {**kept, **{name: value for name, value in own.items() if value}, **self.more_env}

    def make(self, *, parts: int = 2) -> "Plant":
        (self.folder / "user").mkdir(parents=True)
        subprocess.run(["git", "init", "-q", "-b", "main", self.repo], check=True)
        (self.repo / "shop").mkdir()
        (self.repo / "tests").mkdir()
        (self.repo / "pyproject.toml").write_text(PROJECT)
        (self.repo / "shop" / "__init__.py").touch()
        (self.repo / "tests" / "__init__.py").touch()
        (self.repo / "tests" / "test_total.py").write_text(TESTS)
        self.grow(parts)
        return self

    def grow(self, parts: int) -> None:
        """Commit more files with something to mend, on top of what main is now."""
        if self.parts:
            self.git("reset", "-q", "--hard")
        for _ in range(parts):
            path = self.repo / "shop" / f"part_{self.parts}.py"
            path.write_text(MODULE.format(n=self.parts))
            self.parts += 1
        self.git("add", "-A")
        self.git("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "-qm", "Grow")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.repo, env=self.env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def windlass(self, *arguments: str, timeout_s: float = 300) -> "subprocess.CompletedProcess[str]":
        if not self.cold:
            return warm().run(self._command(arguments), self.env, timeout_s)
        return subprocess.run(
            self._command(arguments),
            env=self.env,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def start(self, *arguments: str) -> "Child | subprocess.Popen[str]":
        if not self.cold:
            return warm().start(self._command(arguments), self.env)
        return subprocess.Popen(
            self._command(arguments),
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def kill_after(self, seconds: float, *arguments: str) -> bool:
        """Start a command and kill -9 it after a while; whether it was still running."""
        child = self.start(*arguments)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return True
        return False

    def leftovers(self) -> list[str]:
        """Processes and mounts that still have to do with this plant, after a moment's grace."""
        until = time.monotonic() + 30
        while (found := self._leftovers()) and time.monotonic() < until:
            time.sleep(0.1)
        return found

    def _leftovers(self) -> list[str]:
        mark = str(self.folder)
        mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if mark in line]
        processes = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                words = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
            except OSError:
                continue
            if mark.encode() in words and int(place.name) != os.getpid():
                processes.append(f"{place.name}: {words[:200]!r}")
        return mounts + processes

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [WINDLASS, *arguments]
