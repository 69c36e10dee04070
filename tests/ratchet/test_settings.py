"""Settings of metrics are read, or named with what is wrong."""

from typing import Any

import pytest

from windlass.kernel import Invalid
from windlass.ratchet import parse_metrics
from windlass.ratchet.model import SHIPPED, Better


def test_nothing_given_is_what_is_shipped() -> None:
    assert parse_metrics({}) == SHIPPED


def test_a_shipped_metric_is_changed_and_a_new_one_joins() -> None:
    size = {"name": "size", "better": "down", "command": "sh size.sh", "unit": "lines"}
    found = parse_metrics({"metric": [{"name": "coverage", "start": 75}, size]})
    by_name = {one.name: one for one in found}
    assert (by_name["coverage"].start, by_name["coverage"].target) == (75, 80)
    assert (by_name["size"].better, len(found)) == (Better.DOWN, len(SHIPPED) + 1)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, "no name of a metric"), ({"name": "A b"}, "no name of a metric"),
        ({"name": "size", "better": "down"}, "needs better and command"),
        ({"name": "coverage", "steps": 1}, "unknown keys"),
        ({"name": "coverage", "better": "left"}, "'up' or 'down'"),
        ({"name": "coverage", "step": -1}, "step must be a number"),
        ({"name": "coverage", "target": "80"}, "target must be a number"),
        ({"name": "coverage", "target": float("nan")}, "target must be a number"),
        ({"name": "coverage", "tolerance": True}, "tolerance must be a number"),
        ({"name": "coverage", "needed": 0}, "from 1 to 100"),
        ({"name": "coverage", "command": 3}, "command must be a text"),
    ],
)  # fmt: skip
def test_what_is_no_metric_is_told(entry: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        parse_metrics({"metric": [entry]})


def test_there_is_an_end_to_metrics() -> None:
    many = [{"name": f"m{n}", "better": "up", "command": "true"} for n in range(60)]
    with pytest.raises(Invalid, match="more than 50"):
        parse_metrics({"metric": many})


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 10**400])
def test_a_number_without_end_is_none(value: float) -> None:
    with pytest.raises(Invalid, match="start must be a number"):
        parse_metrics({"metric": [{"name": "coverage", "start": value}]})
