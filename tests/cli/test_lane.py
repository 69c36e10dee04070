"""`windlass lane`: limits and weights of lanes."""

import pytest
from tests.cli.shell import Shell


def test_a_lane_is_made_changed_and_listed(shell: Shell) -> None:
    assert shell("lane", "list").out == "There is no lane yet.\n"
    assert shell("lane", "set", "backend", "--limit", "3").out == "Lane backend: limit 3, weight 1\n"
    assert shell("lane", "set", "backend", "--weight", "2.5").out == "Lane backend: limit 3, weight 2.5\n"
    expected = {"name": "backend", "limit": 3, "weight": 2.5, "held": 0, "ready": 0}
    assert shell("lane", "list", "--json").json == [expected]
    assert shell("lane", "list").out.splitlines()[1].split() == ["backend", "0", "3", "2.5", "0"]
    assert shell("lane", "set", "backend", "--no-limit").out == "Lane backend: limit none, weight 2.5\n"
    (told, *_) = [e for e in shell("audit", "list", "--json").json if e["kind"] == "lane.changed"]
    assert told["data"]["lane"] == "backend"


@pytest.mark.parametrize(
    "arguments", [("--limit", "-1"), ("--weight", "0"), ("--limit", "1", "--no-limit"), ("--weight", "nan")]
)
def test_what_makes_no_sense_changes_nothing(shell: Shell, arguments: tuple[str, ...]) -> None:
    assert shell("lane", "set", "backend", *arguments).code == 2
    assert shell("lane", "list", "--json").json == []
