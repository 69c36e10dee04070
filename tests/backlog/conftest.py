"""A project and a desk for every test of the room; the desk on both databases."""

from pathlib import Path

import pytest
from tests.backlog.desk import Desk, Project

from windlass.kernel import FixedClock
from windlass.store import Database


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def desk(database: Database, project: Project, clock: FixedClock) -> Desk:
    return Desk(database, project, clock)
