"""kill -9 at any moment loses nothing and repeats no effect on the outside."""

import json
import random
import re
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.journeys.plant import Plant

KILLS = 30
SHORTEST, LONGEST = 0.05, 0.95
"""Moments of a blow, as shares of a run's time."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def plant(request: pytest.FixtureRequest, tmp_path: Path) -> Plant:
    """A blow while Python still imports would tell nothing new, so nothing is imported."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    return Plant(tmp_path, database=url).make()


@pytest.mark.slow
def test_a_run_killed_thirty_times_finishes_and_nothing_is_lost_or_done_twice(plant: Plant) -> None:
    moments = random.Random(7)
    for _ in range(2):  # the first run also makes the environment that the others find
        began = time.monotonic()
        assert plant.windlass("run", "--land", "--repo", str(plant.repo)).returncode == 0
        whole_s = time.monotonic() - began
        plant.grow(2)
    kills = 0
    while kills < KILLS:
        seconds = whole_s * moments.uniform(SHORTEST, LONGEST)
        if plant.kill_after(seconds, "run", "--land", "--repo", str(plant.repo)):
            kills += 1
            if kills % 5 == 0:
                plant.grow(1)
        else:
            plant.grow(2)
    done = plant.windlass("run", "--land", "--repo", str(plant.repo), "--json")
    assert done.returncode == 0, done.stderr[-3000:]

    tasks = json.loads(plant.windlass("task", "list", "--repo", str(plant.repo), "--json").stdout)
    assert {task["status"] for task in tasks} <= {"completed", "cancelled"}, tasks
    assert len(tasks) > 1

    history = plant.git("log", "--format=%B", "main")
    landed = Counter(re.findall(r"^Windlass-Task: (\d+)$", history, re.MULTILINE))
    assert landed
    assert [task for task, times in landed.items() if times > 1] == []

    assert plant.git("fsck", "--strict", "--no-dangling") == ""
    audit = plant.windlass("audit", "verify", "--json")
    assert (audit.returncode, json.loads(audit.stdout)["ok"]) == (0, True), audit.stdout + audit.stderr
    assert plant.leftovers() == []
    assert _litter(plant.home / "attempts") == []
    assert _litter(plant.home / "checkouts") == []
    mended = plant.git("grep", "-c", "^import os$", "main", "--", "shop") if _unmended(plant) else ""
    assert mended == ""


def _litter(folder: Path) -> list[str]:
    """What lies in a folder, apart from the room's own furniture: empty folders, and empty lock files."""
    furniture = {
        ".locks": folder.glob(".locks/*"), "control": (), "state": folder.glob("state/.trash"), ".trash": (),
    }  # fmt: skip
    kept = {path for name, inside in furniture.items() for path in (folder / name, *inside)}
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path not in kept or (path.is_file() and path.stat().st_size)
    ]


def _unmended(plant: Plant) -> bool:
    return any("import os" in plant.git("show", f"main:shop/part_{n}.py") for n in range(plant.parts))
