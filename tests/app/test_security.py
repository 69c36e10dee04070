"""Scans as a person asks for them: which commits are meant."""

import pytest
from tests.cli.shell import Shell, new_shell
from tests.scan.seeds import made

from windlass.app import Wish, open_plant
from windlass.app.security import Scanning
from windlass.kernel import NotFound


@pytest.fixture
def shell(tmp_path) -> Shell:
    return new_shell(tmp_path / "plant")


def test_a_tree_a_change_and_a_history_are_three_questions(shell: Shell) -> None:
    git = shell.plant.git
    git("checkout", "-qb", "work")
    shell.commit(shop__key=f"T = '{made('npm-token', 1)}'\n")
    shell.commit(shop__key="T = 1\n")
    git("checkout", "-q", "main")
    with open_plant(Wish(repo=shell.repo), shell.plant.env) as plant:
        scanning = Scanning(plant)
        found = [
            len(scanning.secrets(what, change=change, history=history).found)
            for what, change, history in (
                ("", False, True), ("work", False, False), ("work", True, False), ("work", False, True),
            )
        ]  # fmt: skip
        assert found == [0, 0, 1, 1]
        with pytest.raises(NotFound):
            scanning.secrets("nowhere", change=False, history=False)
