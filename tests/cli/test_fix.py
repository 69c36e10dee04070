"""`windlass fix` on a small real repository."""

from pathlib import Path

import pytest
from tests.cli.shell import Shell
from tests.journeys.plant import Plant

UNUSED = "import os\n\n\ndef total(prices):\n    return sum( prices )\n"
RULES = '[project]\nname = "shop"\nversion = "0.1"\n[tool.ruff.lint]\nselect = ["F"]\n[tool.ruff.format]\n'


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    plant = Plant(tmp_path / "plant")
    (plant.folder / "user").mkdir(parents=True)
    plant.repo.mkdir()
    plant.git("init", "-q", "-b", "main")
    for name, text in {"pyproject.toml": RULES, "old.py": UNUSED, "new.py": "X = 1\n"}.items():
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
