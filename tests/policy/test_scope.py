"""The automation scope at landing."""

from dataclasses import replace

import pytest

from windlass.policy import Change, Recent, Scope, breaches

CHANGE = Change(paths=("a.py",), lines=10)
QUIET = Recent(landed_today=0, runs=10, failed_runs=0, coverage=95.0)


def rules(change: Change = CHANGE, recent: Recent = QUIET, scope: Scope | None = None) -> list[str]:
    return [breach.rule for breach in breaches(change, scope or Scope(), recent)]


def test_a_small_change_on_a_quiet_day_breaks_nothing() -> None:
    assert rules() == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"paths": (".github/workflows/ci.yml",)}, "restricted"),
        ({"paths": (".GitHub/Workflows/ci.yml",)}, "restricted"),
        ({"paths": ("secrets/key",)}, "restricted"),
        ({"protected": ((".gitattributes", "filters run code"),)}, "protected"),
        ({"paths": tuple("abcdefghijk")}, "max_files"),
        ({"lines": 201}, "max_lines"),
        ({"new_dependencies": ("leftpad",)}, "new_dependencies"),
        ({"wsjf": 2.01}, "max_wsjf"),
        ({"wsjf": float("nan")}, "max_wsjf"),
    ],
)
def test_a_change_over_a_limit_is_a_breach(change: dict[str, object], rule: str) -> None:
    assert rules(replace(CHANGE, **change)) == [rule]


@pytest.mark.parametrize(
    ("recent", "rule"),
    [
        ({"landed_today": 5}, "daily_prs"),
        ({"runs": 10, "failed_runs": 4}, "ci_failure_threshold"),
        ({"coverage": 79.9}, "min_coverage"),
    ],
)
def test_a_bad_day_is_a_breach(recent: dict[str, object], rule: str) -> None:
    assert rules(recent=replace(QUIET, **recent)) == [rule]


@pytest.mark.parametrize(
    "recent", [{"runs": 10, "failed_runs": 3}, {"runs": 1, "failed_runs": 1}, {"runs": 0}, {"coverage": None}]
)
def test_limits_are_inclusive_and_need_something_to_count(recent: dict[str, object]) -> None:
    assert rules(recent=replace(QUIET, **recent)) == []


def test_limits_are_exact_at_their_edge() -> None:
    assert rules(Change(paths=tuple("abcdefghij"), lines=200, wsjf=2.0)) == []


@pytest.mark.parametrize(("labels", "broken"), [((), True), (("bulk", "auto-merge"), False), (None, False)])
def test_a_label_that_is_asked_for_has_to_be_there(labels: tuple[str, ...] | None, broken: bool) -> None:
    change = replace(CHANGE, labels=labels)
    assert rules(change) == []
    assert rules(change, scope=Scope(label="auto-merge")) == ["label"] * broken


def test_a_prefix_is_a_folder_not_a_beginning_of_a_name() -> None:
    assert rules(Change(paths=("secrets-of-cooking.md",), lines=1)) == []


def test_breaches_of_one_limit_are_bounded() -> None:
    many = Change(paths=tuple(f"secrets/{n}" for n in range(500)), lines=1)
    assert rules(many).count("restricted") == 20
