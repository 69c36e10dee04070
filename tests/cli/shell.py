"""The real command line inside this process, on a small real repository and a data home of its own."""

import io
import json
import os
import signal
import sqlite3
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.journeys.plant import Plant

from windlass.cli.root import main

PROJECT = '[project]\nname = "shop"\nversion = "0.1"\n[tool.ruff.lint]\nselect = ["F", "W"]\n'
UNUSED = "import os\n\n\ndef total(prices):\n    return sum(prices)\n"
RESTRICTED = "RATE = 3 \n"
"""A blank at the end of a line, in a folder that only a person may let windlass touch."""


@dataclass(frozen=True)
class Said:
    """What one command printed and how it left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    """One user with one repository."""

    plant: Plant

    @property
    def repo(self) -> Path:
        return self.plant.repo

    @property
    def home(self) -> Path:
        return self.plant.home

    def __call__(self, *arguments: str) -> Said:
        """Run a command on the repository."""
        return self.bare(*arguments, "--repo", str(self.repo))

    def bare(self, *arguments: str) -> Said:
        """Run a command as it stands."""
        before, handlers = dict(os.environ), {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
        out, err = io.StringIO(), io.StringIO()
        os.environ.clear()
        os.environ.update(self.plant.env)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                main(list(arguments))
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0
            return Said(code, out.getvalue(), err.getvalue())
        finally:
            os.environ.clear()
            os.environ.update(before)
            for number, handler in handlers.items():
                signal.signal(number, handler)
        raise AssertionError("main came back")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Look into the database from outside."""
        with closing(sqlite3.connect(self.home / "windlass.db")) as database:
            return database.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        with closing(sqlite3.connect(self.home / "windlass.db")) as database, database:
            database.execute(sql)

    def commit(self, **files: str) -> None:
        """Commit files; two underscores in a name stand for a slash."""
        for name, text in files.items():
            path = self.repo / (name.replace("__", "/") + ".py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        self.plant.git("add", "-A")
        self.plant.git("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "-qm", "Work")


def new_shell(folder: Path, **env: str) -> Shell:
    """A repository with one thing that windlass may mend by itself; `env` without the WINDLASS_ prefix."""
    named = {f"WINDLASS_{name}": value for name, value in env.items()}
    plant = Plant(folder, more_env={"USER": "ann", "SUDO_USER": "", "COLUMNS": "200", **named})
    (folder / "user").mkdir(parents=True)
    plant.repo.mkdir()
    plant.git("init", "-q", "-b", "main")
    (plant.repo / "pyproject.toml").write_text(PROJECT)
    shell = Shell(plant)
    shell.commit(shop__total=UNUSED)
    return shell
