"""`windlass budget`: what is used of what, and a person's word that it may be more."""

from dataclasses import replace

import pytest
from tests.cli.shell import Shell


@pytest.fixture
def limited(shell: Shell) -> Shell:
    limits = {"WINDLASS_BUDGET_DAY_TURNS": "3", "WINDLASS_BUDGET_DAY_DOLLARS": "2.5"}
    plant = replace(shell.plant, more_env={**shell.plant.more_env, **limits})
    return replace(shell, plant=plant)


def test_without_limits_and_work_there_is_nothing_to_show(shell: Shell) -> None:
    assert shell("budget", "show").out == "Nothing is used yet, and nothing is limited.\n"


def test_limits_are_shown_with_source_and_time_and_extended_by_a_word(limited: Shell) -> None:
    rows = {row["counter"]: row for row in limited("budget", "show", "--json").json}
    turns, money = rows["turns"], rows["micro-dollars"]
    assert (turns["used"], turns["limit"], turns["left"], turns["source"]) == (0, 3, 3, "attempts")
    assert (money["limit"], money["unknown_calls"], money["source"]) == (2_500_000, 0, "meter")
    assert turns["at"]
    out = limited("budget", "extend", "--turns", "2", "--dollars", "0.5").out
    assert "0 turns used of 5 turns" in out
    assert "$0.00 used of $3.00" in out
    told = [e["data"] for e in limited("audit", "list", "--json").json if e["kind"] == "budget.extended"]
    assert {(one["counter"], one["amount"]) for one in told} == {("turns", 2), ("micro-dollars", 500_000)}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--turns", "0"),
        ("--dollars", "-1"),
        ("--requests", "5"),
        ("--task", "1", "--agent", "a", "--turns", "1"),
    ],
)
def test_what_makes_no_sense_extends_nothing(limited: Shell, arguments: tuple[str, ...]) -> None:
    assert limited("budget", "extend", *arguments).code == 2
    assert {row["extended"] for row in limited("budget", "show", "--json").json} == {0}


def test_an_unknown_task_is_not_found(limited: Shell) -> None:
    assert limited("budget", "show", "--task", "99").code == 3
