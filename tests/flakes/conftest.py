"""A repository in a real database, and runs of its tests."""

import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from windlass import backlog, flakes
from windlass.flakes import Seen, Told
from windlass.store import Database, migrate, open_database

SUITE = {f"t.py::sound_{number}": "passed" for number in range(9)}


@dataclass
class Place:
    """`trees`: those of the main branch, one for each run told to `main`."""

    database: Database
    repository: int
    trees: list[str]
    now: float = field(default_factory=lambda: time.time() - 3_600.0)
    filed: int = 0

    def ran(self, tree: str, cases: Mapping[str, str], *, whole: bool = True) -> None:
        self.now += 1.0
        seen = Seen(self.repository, tree, "env", cases, self.now, whole)
        self.database.write(lambda tx: flakes.observe(tx, seen, lambda trees: ()))

    def main(self, *results: str) -> None:
        """The main branch has a new tree, on which `flaky` has these results."""
        self.trees.append(f"tree{len(self.trees)}")
        for number, result in enumerate(results):
            whole = {**SUITE, "flaky": result} if number == 0 else {"flaky": result}
            self.ran(self.trees[-1], whole, whole=number == 0)

    def settle(self) -> list[Told]:
        def file(one: Told) -> int:
            self.filed += 1
            return self.filed

        number = self.repository
        return self.database.write(lambda tx: flakes.settle(tx, number, self.trees, self.now, file=file))

    def rows(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Failed and passed by test and tree."""
        found = self.database.read(lambda tx: tx.rows("SELECT * FROM wl_tally"))
        return {(row["test"], row["tree_oid"]): (row["failed"], row["passed"]) for row in found}

    def states(self) -> dict[str, str]:
        told = self.database.read(lambda tx: flakes.told(tx, self.repository, self.trees, self.now))
        return {one.flaky.test: one.flaky.state.value for one in told}


def tended(database: Database) -> Place:
    made = database.write(lambda tx: backlog.tend(tx, "shop", "/shop", "main", 1.0))
    return Place(database, made.id, [])


@pytest.fixture
def place(tmp_path: Path, sqlite_template: Path) -> Iterator[Place]:
    """On SQLite, whose making costs less."""
    shutil.copy(sqlite_template, tmp_path / "windlass.db")
    opened = open_database(f"sqlite:///{tmp_path}/windlass.db")
    migrate(opened)
    yield tended(opened)
    opened.close()
