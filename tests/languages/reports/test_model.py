"""What is made of the cases of a report."""

import pytest

from windlass.languages.reports.model import WHYS_MAX, Lines, duration, gathered


def test_the_worst_result_of_a_test_told_twice_counts() -> None:
    told = [
        ("a.py::t", "failed", 1.0, "why"),
        ("a.py::t", "passed", 2.0, None),
        ("b::t", "passed", None, None),
    ]
    found = gathered(told, {"a.py"})
    assert (found.cases, found.spent) == ({"a.py::t": "failed", "b::t": "passed"}, {"a.py": 3.0})
    assert found.why == {"a.py::t": "why"}
    many = gathered(((f"t::{n}", "failed", None, "w") for n in range(WHYS_MAX + 5)), ())
    assert (len(many.cases), len(many.why)) == (WHYS_MAX + 5, WHYS_MAX)


@pytest.mark.parametrize("told", ["nan", "-1", "x", "", None, "1e99", float("inf"), [], "86401"])
def test_what_is_no_duration_is_none(told: object) -> None:
    assert duration(told) == 0.0


def test_a_share_of_no_lines_is_unknown() -> None:
    assert Lines({}).percent is None
    assert Lines({"a": {1: True, 2: False}, "b": {1: True, 9: True}}).percent == 75.0
