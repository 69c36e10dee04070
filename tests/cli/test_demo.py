"""The demo: a landing, a refusal that is mended, and a question, all of it really done."""

import json
import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.journeys.plant import Plant


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    (tmp_path / "user").mkdir()
    (tmp_path / "tmp").mkdir()
    return Plant(tmp_path, more_env={"TMPDIR": str(tmp_path / "tmp")})


def test_it_lands_refuses_and_asks(plant: Plant) -> None:
    done = plant.windlass("demo", "--fast", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    suggest, round_up, numbers = told["tasks"]
    assert (suggest["status"], len(suggest["attempts"]), len(suggest["commits"])) == ("completed", 1, 1)
    assert (round_up["status"], len(round_up["attempts"]), len(round_up["commits"])) == ("completed", 2, 1)
    assert "unittest.skip" in done.stderr, "the first attempt was refused for what it did"
    assert numbers["status"] == "cancelled"
    assert numbers["attempts"][0]["outcome"] == "cannot"
    (decision,) = told["decisions"]
    assert decision["answer"] == "decline"
    (repo,) = (plant.folder / "tmp").glob("windlass-demo-*/home/demo/*/shop")
    landed = subprocess.run(
        ["git", "-C", repo, "log", "--format=%H", "main"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {suggest["commits"][0], round_up["commits"][0]} <= set(landed)
    assert not plant.home.exists(), "the person's own data home stays as it was"
    shutil.rmtree(repo.parents[3])
    assert plant.leftovers() == []


@pytest.mark.nightly
def test_on_a_terminal_it_asks_the_person(plant: Plant) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"decline\n")
    with os.fdopen(ours, "rb"), os.fdopen(theirs, "rb") as terminal:
        command = plant._command(("demo",))
        done = subprocess.run(
            command, env=plant.env, stdin=terminal, capture_output=True, text=True, timeout=300, check=False
        )
    assert done.returncode == 0, done.stderr
    assert "Windlass asks you: 'Never give out an order number twice' cannot be done" in done.stderr
    assert "-> decline" in done.stdout
    assert "windlass land prove" in done.stdout
