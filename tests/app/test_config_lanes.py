"""Lanes in windlass.toml: read, shown again, and every mistake told at once."""

import tomllib

import pytest

from windlass.app.config_lanes import LaneSetting, lane_tables
from windlass.app.config_values import Complaint

SHAPE = lane_tables("a list of lanes")
TEXT = """
[[lanes.lane]]
name = "backend"
limit = 4
weight = 2
skills = ["python", "sql"]

[[lanes.lane]]
name = "docs"
"""


def test_lanes_are_read_and_shown_as_the_file_spells_them() -> None:
    found = SHAPE.read(tomllib.loads(TEXT)["lanes"]["lane"])
    assert found == (LaneSetting("backend", 4, 2.0, ("python", "sql")), LaneSetting("docs"))
    assert SHAPE.read(SHAPE.show(found)) == found
    assert SHAPE.read(SHAPE.from_text('[{name = "a", limit = 0}]')) == (LaneSetting("a", 0),)


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ("backend", [""]),
        (["backend"], ["[0]"]),
        ([{}], ["[0]"]),
        ([{"name": "a"}, {"name": "a"}], ["[1].name"]),
        ([{"name": "", "limit": -1, "weight": 0, "skills": "python"}],
         ["[0].name", "[0].limit", "[0].weight", "[0].skills"]),
        ([{"name": "a", "limit": True, "weight": "x"}], ["[0].limit", "[0].weight"]),
        ([{"name": "a", "lmit": 3}], ["[0]"]),
        ([{"name": "a", "weight": float("nan")}], ["[0].weight"]),
    ],
)  # fmt: skip
def test_every_mistake_is_told_at_its_place(given: object, places: list[str]) -> None:
    with pytest.raises(Complaint) as told:
        SHAPE.read(given)
    assert [fault.at for fault in told.value.faults] == places
