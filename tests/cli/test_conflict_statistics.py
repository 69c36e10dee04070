"""The account of conflicts as it is shown; of nothing nothing is claimed."""

import json
from pathlib import Path

from tests.journeys.plant import Plant

from windlass.cli.conflict_statistics import _lines
from windlass.conflicts.model import Clash, Ending, Kind, Means, Past
from windlass.conflicts.statistics import statistics


def test_without_a_conflict_the_share_is_unknown(tmp_path: Path) -> None:
    plant = Plant(tmp_path).make(parts=1)
    done = plant.windlass("conflicts", "--stats", "--since", "30d", "--json", "--repo", str(plant.repo))
    told = json.loads(done.stdout)
    assert (told["clashes"], told["alone"], told["since"]) == (0, None, None)
    assert told["at"]


def test_ends_kinds_and_hot_paths_are_told() -> None:
    past = [
        Past(1, n, Clash(f"{n}.md", Kind.CHANGELOG, Means.DRIVER), Ending.SETTLED, 1.0, 2.0)
        for n in range(12)
    ] + [Past(1, 1, Clash("a.py", Kind.FILE), Ending.OPEN, 1.0, None)]
    told = "\n".join(_lines(statistics(past), "now"))
    assert "driver changelog" in told
    assert "and 3 more paths" in told
    assert "settled by themselves: 100% of those that ended" in told
    assert "unknown" in "\n".join(_lines(statistics([]), "now"))
