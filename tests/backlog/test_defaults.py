"""Every default is on the scale, and the table is the one of the study."""

import itertools

import pytest

from windlass.backlog.defaults import default_boost, default_score
from windlass.backlog.model import SCALE, Score
from windlass.backlog.wsjf import wsjf

CATEGORIES = (
    "technical-debt",
    "bug",
    "critical-bug",
    "refactoring",
    "investigation",
    "security",
    "lint",
    "new kind",
)
SEVERITIES = ("critical", "error", "warning", "note", "unheard of")


def test_all_defaults_are_on_the_scale() -> None:
    for category, severity, fixable in itertools.product(CATEGORIES, SEVERITIES, (False, True)):
        score = default_score(category, severity, fixable=fixable)
        assert {score.value, score.criticality, score.risk_reduction, score.size} <= set(SCALE), category


@pytest.mark.parametrize(
    ("category", "inputs"),
    [
        ("bug", (5, 3, 3)), ("critical-bug", (5, 3, 3)), ("technical-debt", (2, 1, 1)),
        ("refactoring", (2, 1, 3)), ("investigation", (1, 1, 2)),
    ],
)  # fmt: skip
def test_tags_are_worth_what_the_study_says(category: str, inputs: tuple[int, int, int]) -> None:
    score = default_score(category, "note", fixable=False)
    assert (score.value, score.criticality, score.risk_reduction) == inputs


def test_security_goes_by_severity_and_counts_half_as_much_again() -> None:
    assert default_score("security", "critical", fixable=False) == Score(8, 13, 13, 5)
    assert default_score("security", "error", fixable=False) == Score(5, 8, 8, 5)
    assert default_score("security", "warning", fixable=False) == Score(3, 3, 5, 5)
    assert (default_boost("security"), default_boost("bug")) == (1.5, 1.0)


def test_what_a_tool_mends_is_worked_on_and_stays_within_what_needs_no_person() -> None:
    for severity in SEVERITIES:
        assert 1.0 <= wsjf(default_score("lint", severity, fixable=True)) <= 2.0
