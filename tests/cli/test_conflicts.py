"""Branches that will collide are named before anybody merges them."""

import json
from pathlib import Path

from tests.journeys.plant import Plant


def test_two_branches_that_change_one_line_are_named(tmp_path: Path) -> None:
    plant = Plant(tmp_path).make(parts=1)
    for name in ("left", "right"):
        plant.git("switch", "-q", "-c", name, "main")
        (plant.repo / "shop" / "part_0.py").write_text(f"WHO = {name!r}\n")
        plant.git("-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qam", name)
    plant.git("switch", "-q", "main")
    done = plant.windlass("conflicts", "--repo", str(plant.repo), "--json")
    assert json.loads(done.stdout) == [
        {"left": "left", "right": "right", "shared": ["shop/part_0.py"], "conflicts": ["shop/part_0.py"]}
    ]
    assert "1 in conflict" in plant.windlass("conflicts", "--repo", str(plant.repo)).stdout
