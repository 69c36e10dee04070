"""The founding name of the main loop still means the same."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.journeys.plant import Plant

SCRIPT = Path(__file__).parents[2] / "scripts" / "autonomous_backlog_manager.py"


def ask(*arguments: str, plant: Plant | None = None) -> "subprocess.CompletedProcess[str]":
    env = None if plant is None else {**plant.env, "REPO_ROOT": str(plant.repo)}
    argv = [sys.executable, SCRIPT, *arguments]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120, check=False)


def test_discovering_only_looks_for_work_in_the_named_repository(tmp_path: Path) -> None:
    plant = Plant(tmp_path).make(parts=1)
    done = ask("--discover-only", "--dry-run", plant=plant)
    assert done.returncode == 0, done.stderr
    assert "nothing was written" in done.stdout


@pytest.mark.parametrize("wrong", [("--interval", "5"), ("--continuous", "--interval", "0")])
def test_an_interval_that_means_nothing_is_refused(wrong: tuple[str, ...]) -> None:
    assert ask(*wrong).returncode == 2
