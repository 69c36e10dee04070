"""Short names, called as the programs that they are."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.journeys.plant import Plant

from windlass.cli.shortcuts import GO, WORDS
from windlass.cli.table import COMMANDS

BIN = Path(sys.executable).parent
CLEAN = "def total(prices):\n    return sum(prices)\n"


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    made = Plant(tmp_path).make(parts=1)
    for name in ("user.name", "user.email"):
        made.git("config", name, "ann@example.org")
    return made


def ask(plant: Plant, name: str, *words: str) -> "subprocess.CompletedProcess[str]":
    argv = (BIN / name, *words)
    return subprocess.run(
        argv, cwd=plant.repo, env=plant.env, capture_output=True, text=True, timeout=120, check=False
    )


def test_they_stand_for_commands_that_exist() -> None:
    assert {words[0] for name, words in WORDS.items() if name != "gen"} <= set(COMMANDS)
    assert not {*WORDS} & {*GO}


def test_a_short_name_is_its_command_with_what_follows(plant: Plant) -> None:
    said = ask(plant, "qr", "--json")
    assert (said.returncode, said.stderr.splitlines()[0]) == (0, "+ windlass ratchet show --json")
    assert said.stdout.startswith("[")
    none = ask(plant, "gen")
    assert (none.returncode, "no such command yet" in none.stderr) == (2, True)
    wrong = ask(plant, "vf", "absent")
    assert (wrong.returncode, "there is no file 'absent'" in wrong.stderr) == (3, True)


def test_a_quick_commit_holds_what_is_staged_if_that_passes(plant: Plant) -> None:
    assert "usage: qc" in ask(plant, "qc").stderr
    none = ask(plant, "qc", "Work")
    assert (none.returncode, "nothing" in none.stdout) == (1, True)
    new = plant.repo / "shop" / "new.py"
    new.write_text("import os\n" + CLEAN)
    plant.git("add", "shop/new.py")
    refused = ask(plant, "qc", "Work")
    assert (refused.returncode, "ruff_lint" in refused.stdout) == (1, True)
    assert plant.git("log", "--format=%s", "-1") != "Work"
    new.write_text(CLEAN)
    plant.git("add", "shop/new.py")
    new.write_text("import os\n")  # what is not staged does not count
    made = ask(plant, "qc", "Work", "--quiet")
    assert made.returncode == 0, made.stdout + made.stderr
    assert plant.git("log", "--format=%s", "-1") == "Work"
    assert plant.git("show", "HEAD:shop/new.py") == CLEAN.strip()


@pytest.mark.slow
def test_only_what_passes_is_pushed(plant: Plant, tmp_path: Path) -> None:
    plant.git("init", "-q", "--bare", str(tmp_path / "there.git"))
    plant.git("remote", "add", "there", str(tmp_path / "there.git"))
    plant.git("checkout", "-q", "-b", "work")
    (plant.repo / "shop" / "new.py").write_text("def broken(:\n")
    plant.git("add", "-A")
    plant.git("commit", "-q", "-m", "Break")
    refused = ask(plant, "pp", "there", "work")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    (plant.repo / "shop" / "new.py").write_text(CLEAN)
    plant.git("add", "-A")
    plant.git("commit", "-q", "-m", "Mend")
    pushed = ask(plant, "pp", "there", "work")
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    assert plant.git("ls-remote", "there", "work").split()[0] == plant.git("rev-parse", "HEAD")
