"""`windlass agent presets|add|remove|doctor|test`."""

from pathlib import Path

import pytest
from tests.cli.shell import Shell, new_shell


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return new_shell(tmp_path_factory.mktemp("plant"))


def test_presets_are_listed_with_their_standing(shell: Shell) -> None:
    rows = {row["name"]: row for row in shell.bare("agent", "presets", "--json").json}
    assert (rows["codex"]["standing"], rows["codex"]["protocol"]) == ("not installed", "command")
    assert rows["scripted-acp"]["standing"] == "ready"
    assert "opencode-acp" in shell.bare("agent", "presets").out


def test_the_scripted_agent_is_examined_without_a_key_and_a_network(shell: Shell) -> None:
    said = shell.bare("agent", "doctor", "scripted", "--json")
    assert said.code == 0, said.err
    (task,) = said.json
    assert (task["name"], task["state"]) == ("task", "ok")
    assert task["tokens"] > 0
    assert task["seconds"] > 0


def test_one_that_is_not_installed_fails_with_the_fix(shell: Shell) -> None:
    for command in ("doctor", "test"):
        said = shell.bare("agent", command, "codex")
        assert said.code == 1
        assert "fix: windlass agent add codex" in said.out
    assert shell.bare("agent", "remove", "codex").out == "codex is not installed\n"


def test_mistakes_are_told(shell: Shell) -> None:
    assert shell.bare("agent", "add", "scripted").code != 0
    said = shell.bare("agent", "doctor", "kodex")
    assert said.code != 0
    assert "known: aider" in said.err


def test_a_preset_that_is_none_is_named(tmp_path: Path) -> None:
    shell = new_shell(tmp_path / "plant")
    own = shell.home / "agents/presets"
    own.mkdir(parents=True)
    (own / "mine.toml").write_text("yolo = true\n")
    said = shell.bare("agent", "presets")
    assert said.code != 0
    assert "yolo is not known" in said.err
