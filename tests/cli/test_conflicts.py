"""Branches that will collide are named before anybody merges them."""

import json
from itertools import combinations
from pathlib import Path

from tests.journeys.plant import Plant

from windlass.cli.conflicts import grid
from windlass.conflicts import Matrix
from windlass.conflicts.model import Fit


def test_two_branches_that_change_one_line_are_named(tmp_path: Path) -> None:
    plant = Plant(tmp_path).make(parts=1)
    for name in ("left", "right"):
        plant.git("switch", "-q", "-c", name, "main")
        (plant.repo / "shop" / "part_0.py").write_text(f"WHO = {name!r}\n")
        plant.git("-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qam", name)
    plant.git("switch", "-q", "main")
    done = plant.windlass("conflicts", "--repo", str(plant.repo), "--json")
    where = {"shared": ["shop/part_0.py"], "conflicts": ["shop/part_0.py"], "unknown": ""}
    assert json.loads(done.stdout) == [{"left": "left", "right": "right", **where}]
    assert "1 in conflict" in plant.windlass("conflicts", "--repo", str(plant.repo)).stdout
    told = plant.windlass("conflicts", "--matrix", "--repo", str(plant.repo)).stdout
    assert "3 pieces of work, 3 pairs, 1 in conflict, 0 unknown" in told
    assert "shop/part_0.py  1" in told


def test_fifty_pieces_of_work_fit_eighty_columns_and_signs_tell_without_colour() -> None:
    names = ["main", *(f"feature/a-rather-long-name-of-a-branch-{n}" for n in range(49))]
    fits = {pair: Fit(clean=True) for pair in combinations(names, 2)}
    fits[names[7], names[8]] = Fit(False, ("a.py",))
    fits[names[0], names[8]] = Fit(None, why="w")
    lines = list(grid(Matrix(dict.fromkeys(names, ""), fits), 80))
    assert max(map(len, lines)) <= 80
    heads, rows = lines[:2], lines[2:]
    assert [line[-50:] for line in heads] == [
        "".join(f"{n:>2}"[place] for n in range(1, 51)) for place in (0, 1)
    ]
    assert len(rows) == 50
    assert rows[0].endswith("-?" + "." * 48)
    assert rows[1].endswith("?-x" + "." * 47)
    assert {sign for row in rows for sign in row[-50:]} == {"-", ".", "x", "?"}
