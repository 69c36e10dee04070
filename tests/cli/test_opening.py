"""How commands get at a repository, and who is at the terminal."""

import os
from pathlib import Path

import pytest
from tests.cli.shell import Shell

from windlass.cli.opening import opened, who
from windlass.kernel import WindlassError


@pytest.fixture
def entered(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in shell.plant.env.items():
        monkeypatch.setenv(name, value)
    return shell


def test_the_repository_around_the_current_folder_is_opened(
    entered: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(entered.repo / "shop")
    with opened(None) as plant:
        assert plant.checkout.path == entered.repo
        assert plant.repository.main == "main"
    with opened(str(entered.repo)) as again:
        assert again.repository.id == plant.repository.id


def test_the_environment_may_name_the_repository(entered: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(entered.home.parent)
    monkeypatch.setenv("REPO_ROOT", str(entered.repo))
    with opened(None) as plant:
        assert plant.checkout.path == entered.repo


def test_a_path_without_a_repository_is_an_error(entered: Shell, tmp_path: Path) -> None:
    with pytest.raises(WindlassError):
        opened(str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({"SUDO_USER": "eve", "USER": "root"}, "eve"),
        ({"USER": "ann"}, "ann"),
        ({}, f"uid-{os.getuid()}"),
    ],
)
def test_the_person_is_named(env: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("SUDO_USER", "USER"):
        monkeypatch.delenv(key, raising=False)
    for key, value in env.items():
        monkeypatch.setenv(key, value)
    assert who() == name
