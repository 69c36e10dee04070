"""A real place to verify in: a mirror, SQLite, the sandbox, and the session's one folder of environments."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from tests.support.environments import shared

from windlass.backlog import Repository
from windlass.dispatch import Folders, Site
from windlass.kernel import system_clock
from windlass.policy import Scope
from windlass.sandbox import open_launcher, probe
from windlass.store import Database, Started, migrate, open_database
from windlass.workspace import Author, Checkout, Mirror

PROJECT = {
    "pyproject.toml": b'[project]\nname = "demo"\nversion = "1.2.3"\n',
    "src/demo/__init__.py": b"def add(a, b):\n    return a + b\n",
    "tests/test_add.py": b"from demo import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
}
"""A small project whose one test passes."""


@pytest.fixture(scope="session")
def environments() -> Path:
    return shared()


@pytest.fixture
def database(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    shutil.copy(sqlite_template, tmp_path / "windlass.db")
    database = open_database(f"sqlite:///{tmp_path}/windlass.db")
    migrate(database)
    yield database
    database.close()


def build_site(place: Path, environments: Path, database: Database, verify: Mapping[str, object]) -> Site:
    """A site over a mirror in `place`; `verify` is the settings table."""
    if not probe().ok:
        pytest.skip(f"no sandbox: {probe().reason}")
    home = place / "home"
    mirror = Mirror.open(home) if (home / "repo.git").exists() else Mirror.create(home)
    names = ("attempts", "checkouts", "patches", "trash")
    attempts, checkouts, patches, trash = (place / name for name in names)
    return Site(
        database=database, repository=Repository(1, "demo", str(place), "main"),
        checkout=Checkout.__new__(Checkout), mirror=mirror, launcher=open_launcher(),
        folders=Folders(attempts, checkouts, environments, patches, trash), clock=system_clock,
        start=Started(), scope=Scope(), author=Author("windlass", "windlass@localhost"), runners={},
        node="test", verify=verify, autonomy="land", land=True,
    )  # fmt: skip


@pytest.fixture
def make_site(tmp_path: Path, environments: Path, database: Database) -> Callable[..., Site]:
    return lambda **verify: build_site(tmp_path, environments, database, verify)


@pytest.fixture(scope="module")
def shared_site(
    tmp_path_factory: pytest.TempPathFactory, environments: Path
) -> Iterator[Callable[..., Site]]:
    """Sites over one mirror and one database for a module: what is known of the base tree is measured once.
    """
    place = tmp_path_factory.mktemp("shared")
    database = open_database(f"sqlite:///{place}/windlass.db")
    migrate(database)
    yield lambda **verify: build_site(place, environments, database, verify)
    database.close()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


@pytest.fixture
def tree(site: Site) -> Callable[..., str]:
    """Store the small project with some files changed (None: deleted) and return its tree."""

    def write(changes: Mapping[str, bytes | None] = {}) -> str:
        files = {**PROJECT, **changes}
        return site.mirror.write_tree({path: text for path, text in files.items() if text is not None})

    return write
