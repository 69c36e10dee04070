"""What waits to land, as a person and a program see it."""

import json
from pathlib import Path

from tests.journeys.plant import Plant

from windlass.cli.queue import _about, _held, _lines, _risks


def test_an_empty_queue_says_so_and_knows_no_risks(tmp_path: Path) -> None:
    plant = Plant(tmp_path).make(parts=1)
    told = json.loads(plant.windlass("queue", "--repo", str(plant.repo), "--json").stdout)
    assert told == {"branch": "main", "paused": None, "waiting": [], "held": [], "calibration": None}


def test_a_person_is_told_in_words() -> None:
    told = [*_lines([], "main"), *_risks(None)]
    assert told == ["Nothing waits for main.", "Nothing has landed or was refused yet: risks are guesses."]


def test_what_a_host_refused_or_did_not_answer_is_told() -> None:
    row = {"position": 0, "task": 3, "lane": "normal", "state": "landing", "eta_s": None, "title": "t"}
    assert _lines([{**row, "reason": "origin did not answer", "settled": {}}], "main")[-1] == (
        "Task 3 waits: origin did not answer"
    )
    assert _held([{"task": 3, "cause": "refused", "reason": "no"}])[0] == "Task 3 is held (refused): no"
    assert _held([]) == []


def test_what_was_not_measured_is_unknown() -> None:
    assert [_about(one) for one in (None, 0.0, 61.0)] == ["unknown", "0 min", "2 min"]
