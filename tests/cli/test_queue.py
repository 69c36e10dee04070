"""What waits to land, as a person and a program see it."""

import json
from pathlib import Path

from tests.journeys.plant import Plant

from windlass.cli.queue import _about


def test_an_empty_queue_says_so_and_knows_no_risks(tmp_path: Path) -> None:
    plant = Plant(tmp_path).make(parts=1)
    shown = plant.windlass("queue", "--repo", str(plant.repo)).stdout
    assert shown == "Nothing waits for main.\nNothing has landed or was refused yet: risks are guesses.\n"
    told = json.loads(plant.windlass("queue", "--repo", str(plant.repo), "--json").stdout)
    assert told == {"branch": "main", "waiting": [], "calibration": None}


def test_what_was_not_measured_is_unknown() -> None:
    assert [_about(one) for one in (None, 0.0, 61.0)] == ["unknown", "0 min", "2 min"]
