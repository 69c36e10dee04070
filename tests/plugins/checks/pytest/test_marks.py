"""Selections by marker, turned round."""

import pytest

from windlass.plugins.checks.pytest.marks import deselected, selection, without


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["-m", "not e2e"], "not e2e"), (["-m=not e2e"], "not e2e"), (["-mnot e2e"], "not e2e"),
        (["-m", "a", "-q", "-m", "not b"], "not b"), ([], ""), (["-m"], ""), (["-m", "not (a"], ""),
        (["-m", "a) or (b"], ""), (["-m", "x" * 1_001], ""), (["--maxfail", "1"], ""),
    ],
)  # fmt: skip
def test_the_last_selection_counts_where_it_can_be_turned_round(words: list[str], found: str) -> None:
    assert selection(words) == found


@pytest.mark.parametrize(
    ("kept", "night", "week"),
    [
        ("not e2e", "not (not e2e)", ""), ("not (e2e or slow)", "not (not (e2e or slow))", ""),
        ("unit", "not (unit)", ""), ("not load", "", "not (not load) and (load)"),
        ("not slow and not load", "not (not slow and not load) and not (load)",
         "not (not slow and not load) and (load)"),
        ("not (load or soak)", "", "not (not (load or soak)) and (load or soak)"),
        ("not loader", "not (not loader)", ""), ("", "", ""),
    ],
)  # fmt: skip
def test_what_is_kept_out_is_for_the_night_but_for_what_is_for_the_week(
    kept: str, night: str, week: str
) -> None:
    words = ["-m", kept] if kept else []
    assert [deselected(words, tier) for tier in range(4)] == ["", "", night, week]


def test_markers_can_be_left_out() -> None:
    assert without("not (a)", ()) == "not (a)"
    assert without("not (a)", ("gpu", "x) or (y", "network")) == "(not (a)) and not (gpu or network)"
