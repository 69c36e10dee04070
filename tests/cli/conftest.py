"""A fresh user for a test; a user whose windlass has run once, for tests that mostly read."""

from pathlib import Path

import pytest
from tests.cli.shell import RESTRICTED, Shell, new_shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Nothing has been done here yet."""
    return new_shell(tmp_path / "plant")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Work was looked for: one item that may go on by itself."""
    shell = new_shell(tmp_path_factory.mktemp("found") / "plant")
    assert shell("discover").code == 0
    return shell


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """One run is over: item 1 waits for a person, item 2 was proposed as task 1. Leave it as it is."""
    shell = new_shell(tmp_path_factory.mktemp("worked") / "plant")
    shell.commit(secrets__rate=RESTRICTED)
    done = shell("run")
    assert done.code == 0, done.err
    return shell
