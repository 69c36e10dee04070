"""Steps that build upon each other."""

import time

import pytest

from windlass.plugins.checks.migrations.graph import (
    Fault,
    Step,
    before,
    circles,
    ends,
    listed,
    rounds,
    turned,
    twice,
)


def steps(said: dict[str, str]) -> dict[str, Step]:
    return {name: Step(name, f"{name}.py", tuple(parents)) for name, parents in said.items()}


@pytest.mark.parametrize(
    ("said", "last", "circle"),
    [
        ({"a": "", "b": "a", "c": "b"}, ["c"], []), ({"a": "", "b": "a", "c": "a"}, ["b", "c"], []),
        ({"a": "", "b": "a", "c": "a", "d": "bc"}, ["d"], []), ({"a": "x"}, ["a"], []),
        ({"a": "b", "b": "a", "c": "a"}, ["c"], [["a", "b"]]), ({"a": "a"}, [], [["a"]]),
        ({"a": "b", "b": "a", "c": "db", "d": "c", "e": "d"}, ["e"], [["a", "b"], ["c", "d"]]),
        ({"a": "", "b": "ad", "c": "b", "d": "c", "e": "d"}, ["e"], [["b", "c", "d"]]), ({}, [], []),
    ],
)  # fmt: skip
def test_ends_and_circles_are_found(said: dict[str, str], last: list[str], circle: list[list[str]]) -> None:
    assert ends(steps(said)) == last
    assert rounds(steps(said)) == circle


def test_what_a_step_builds_upon_and_what_builds_upon_it() -> None:
    made = steps({"a": "", "b": "a", "c": "bx"})
    assert before(made, "c") == {"a", "b", "c"}
    assert before(turned(made), "a") == {"a", "b", "c"}


def test_many_steps_take_no_time() -> None:
    many = {str(n): Step(str(n), "x", (str(n - 1),)) for n in range(1, 5_000)}
    began = time.process_time()
    assert rounds(many) == []
    assert len(rounds({**many, "1": Step("1", "x", ("4999",))})[0]) == 4_999
    assert time.process_time() - began < 2


def test_faults_have_names_of_their_own_and_lists_an_end() -> None:
    (fault,) = circles(steps({"a": "b", "b": "a"}))
    assert (fault.key, fault.text) == ("a.py|cycle", "these build upon each other: a, b")
    assert Fault("a", "r", "t", about="x").key == "a|r x"
    assert twice(["a", "b", "a"]) == ["a"]
    assert listed([str(n) for n in range(12)]).endswith("and 2 more")
