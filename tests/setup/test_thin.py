"""The founding names still mean the same."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.journeys.plant import Plant

ROOT = Path(__file__).parents[2]
RIGHT = "openapi: 3.1.0\ninfo: {title: shop, version: '1'}\npaths: {}\n"
WRONG = "openapi: 3.1.0\ninfo: {title: shop}\npaths: {}\n"


def ask(name: str, *arguments: str, plant: Plant) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, ROOT / name, *arguments]
    return subprocess.run(
        argv, cwd=plant.repo, env=plant.env, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return Plant(tmp_path).make(parts=1)


def test_the_ratchet_is_told_and_checked_on_what_is_checked_out(plant: Plant) -> None:
    told = ask("tools/quality_ratchet.py", "--report", plant=plant)
    assert (told.returncode, told.stdout.splitlines()[0].split()[:3]) == (0, ["METRIC", "NOW", "BOUND"])
    held = ask("tools/quality_ratchet.py", "--enforce", "--no-record", "--json", plant=plant)
    assert held.returncode == 0, held.stderr
    assert f'"commit": "{plant.git("rev-parse", "HEAD")}"' in held.stdout
    other = ask("tools/quality_ratchet.py", "--config", "other.json", plant=plant)
    assert (other.returncode, "windlass config import other.json" in other.stderr) == (2, True)


def test_drift_is_what_is_new_since_the_base(plant: Plant) -> None:
    for text in (RIGHT, WRONG):
        (plant.repo / "openapi.yaml").write_text(text)
        plant.git("add", "-A")
        plant.git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "Contract")
    found = ask("tools/schema_drift.py", "--check", plant=plant)
    assert found.returncode == 1, found.stdout + found.stderr
    assert "openapi.yaml" in found.stdout
    assert ask("tools/schema_drift.py", "--report", plant=plant).returncode == 0
    same = ask("tools/schema_drift.py", "--check", "--base", "HEAD", plant=plant)
    assert same.returncode == 0, same.stdout + same.stderr
    assert "is no commit" in ask("tools/schema_drift.py", "--check", "--base", "absent", plant=plant).stderr


def test_the_pipeline_is_proved_by_its_command(plant: Plant) -> None:
    told = ask("scripts/validate_pipeline.py", "--help", plant=plant)
    assert "Prove on a copy that the whole workflow works" in told.stdout
