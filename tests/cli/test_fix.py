"""`windlass fix` on a small real repository."""

from pathlib import Path

import pytest
from tests.cli.shell import Shell
from tests.journeys.plant import Plant

UNUSED = "import os\n\n\ndef total(prices):\n    return sum( prices )\n"
RULES = '[project]\nname = "shop"\nversion = "0.1"\n[tool.ruff.lint]\nselect = ["F"]\n[tool.ruff.format]\n'


BARE = '[project]\nname = "shop"\nversion = "0.1"\n'


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return placed(tmp_path, RULES)


def placed(tmp_path: Path, rules: str) -> Shell:
    plant = Plant(tmp_path / "plant")
    (plant.folder / "user").mkdir(parents=True)
    plant.repo.mkdir()
    plant.git("init", "-q", "-b", "main")
    for name, text in {"pyproject.toml": rules, "old.py": UNUSED, "new.py": "X = 1\n"}.items():
        (plant.repo / name).write_text(text)
    plant.git("add", "-A")
    plant.git("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "-qm", "Start")
    return Shell(plant)


def test_what_was_changed_is_repaired_and_nothing_else(shell: Shell) -> None:
    assert "Nothing to repair in 0 files" in shell("fix").out
    (shell.repo / "new.py").write_text(UNUSED)
    (shell.repo / "new.py").chmod(0o755)
    shown = shell("fix", "--dry-run")
    assert (shown.code, "-import os" in shown.out) == (0, True), shown.out + shown.err
    assert (shell.repo / "new.py").read_text() == UNUSED
    done = shell("fix", "--json")
    assert (done.code, done.json["written"]) == (0, ["new.py"])
    assert done.json["tools"] == ["ruff_lint", "ruff_format"]
    assert done.json["changed_by"] == {"new.py": ["ruff_lint", "ruff_format"]}
    assert done.json["new_alone"] == []
    assert (shell.repo / "new.py").read_text() == "def total(prices):\n    return sum(prices)\n"
    assert (shell.repo / "new.py").stat().st_mode & 0o777 == 0o755
    assert (shell.repo / "old.py").read_text() == UNUSED
    assert shell.plant.git("diff", "--cached", "--name-only") == ""
    assert "1 of 3 files repaired" in shell("fix", ".").out


def test_a_file_that_cannot_be_read_by_a_tool_keeps_no_other_from_it(shell: Shell) -> None:
    (shell.repo / "bad.py").write_text("def (\n")
    (shell.repo / "new.py").write_text(UNUSED)
    done = shell("fix")
    assert "✓ new.py" in done.out, done.out + done.err
    assert (shell.repo / "bad.py").read_text() == "def (\n"


def test_in_a_project_without_a_linter_what_verify_refuses_is_repaired_and_the_rest_told(
    tmp_path: Path
) -> None:
    shell = placed(tmp_path, BARE)
    assert "Nothing to repair in 0 files (no tool" in shell("fix").out
    (shell.repo / "new.py").write_text("X = 1\nimport os\nprint( lost )\n")
    (shell.repo / "old.py").write_text(UNUSED + "import sys\n")
    assert shell("verify").code == 1
    done = shell("fix")
    assert done.code == 0, done.out + done.err
    assert "✓ new.py (ruff_lint)" in done.out
    assert "- ruff_lint: the project sets up no rules, so only what is new is repaired" in done.out
    assert "! no tool repairs what verify refuses: ruff_lint: 1 violations are new" in done.out
    assert (shell.repo / "new.py").read_text() == "X = 1\nprint( lost )\n"
    assert (shell.repo / "old.py").read_text() == UNUSED
    again = shell("fix")
    assert "Nothing to repair in 1 files (tried: ruff_lint)." in again.out
    assert "new.py F821 0 -> 1" in again.out
    (shell.repo / "new.py").write_text("X = 1\n")
    assert "Nothing to repair in 1 files (tried: ruff_lint)." in shell("fix", "old.py").out
    assert shell("verify").code in (0, 8, 9)
