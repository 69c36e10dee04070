"""One honest repository, copied for every case that makes it hostile."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.ground import HONEST, Canary, Ground, Repo
from windlass.sandbox import Launcher, open_launcher, probe
from windlass.store import Database, migrate, open_database


@pytest.fixture(scope="session")
def launcher() -> Launcher:
    found = probe()
    if not found.ok:
        pytest.skip(f"no sandbox here: {found.reason}")
    return open_launcher()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Nothing is written into it: discovery is only looked at."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('database')}/windlass.db")
    migrate(database)
    yield database
    database.close()


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repo = Repo(tmp_path_factory.mktemp("honest") / "repo")
    repo.path.mkdir()
    repo.git("init", "-q", "-b", "main", "--template=")
    repo.commit(HONEST)
    return repo.path


@pytest.fixture
def ground(tmp_path: Path, honest: Path, launcher: Launcher, empty: Database) -> Iterator[Ground]:
    tmp_path.chmod(0o755)
    shutil.copytree(honest, tmp_path / "repo")
    canary = Canary(tmp_path / "canary")
    yield Ground(tmp_path, Repo(tmp_path / "repo"), canary, launcher, empty)
    canary.close()
