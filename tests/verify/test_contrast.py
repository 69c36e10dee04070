"""A test that fails by itself is not held against a commit; what a commit broke is."""

import random
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.verify.contrast import MISTAKES_MAX, NAMED, Call, Runs, call, needed, told_by, tree_first

RATES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
TRIALS = 4_000
"""For each rate, all from one seed."""
Fails = Callable[[bool, bool], bool]
"""Whether a run fails: on the tree before, among the others."""


def asked(fails: Fails, least: int, *, flips: bool = False) -> tuple[Call, int]:
    """What the rule comes to, run by run in its order, and the runs that one tree had at most."""
    rows, runs = {False: Runs(), True: Runs()}, {False: 0, True: 0}
    for among in (False, True):
        for number in range(2 * least):
            for before in (not tree_first(number), tree_first(number)):
                said = call(rows[False], None if flips else rows[True], least)
                if said is not Call.OPEN:
                    return said, max(runs.values())
                if (told_by(rows[False], least) is None) is among:
                    rows[among] = rows[among].after(before=before, failed=fails(before, among))
                    runs[before] += 1
    raise AssertionError("it never ends")


def chance(alone: float, among: float, least: int) -> float:
    """That a commit is named, by the formula of the rule."""
    x, y = alone * (1 - alone), among * (1 - among)
    return float(x**least + (1 - 2 * x) * y**least)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 50))
def test_no_rates_are_named_more_often_than_the_bound(alone, among, number):
    assert number * chance(alone, among, needed(number)) <= MISTAKES_MAX * (1 + 1e-9)


@pytest.mark.parametrize("least", [1, 2, 3])
@pytest.mark.parametrize(("alone", "among"), [(0.5, 0.5), (0.3, 0.8), (0.02, 0.5), (0.98, 0.5), (0.5, 1.0)])
def test_the_formula_is_what_the_rule_does(alone, among, least):
    """Every row of results that there can be, each with its chance."""
    found = 0.0
    for row in product((False, True), repeat=4 * least + 2):
        told, used = iter(row), []

        def fails(before, at, told=told, used=used):
            used.append((next(told), among if at else alone))
            return used[-1][0]

        if asked(fails, least)[0] in NAMED:
            weight = 1.0
            for failed, rate in used:
                weight *= rate if failed else 1 - rate
            found += weight / 2 ** (len(row) - len(used))
    assert found == pytest.approx(chance(alone, among, least))


@pytest.mark.slow
def test_tests_that_fail_by_themselves_are_named_less_often_than_the_bound_in_many_trials():
    dice, named, worst = random.Random(68), 0, 0
    for alone, among in [*((rate, rate) for rate in RATES), *((rate, 0.5) for rate in RATES)]:
        found = sum(
            asked(lambda _, at, a=alone, b=among: dice.random() < (b if at else a), needed(1))[0]
            in NAMED
            for _ in range(TRIALS)
        )
        named, worst = named + found, max(worst, found)
    assert named / (2 * len(RATES) * TRIALS) < MISTAKES_MAX
    assert worst / TRIALS < MISTAKES_MAX * 2  # of one rate alone: the noise of so many trials comes on top


@given(st.integers(1, 50), st.booleans())
def test_what_a_commit_broke_for_good_is_always_named_with_as_many_runs_on_either_tree(number, flips):
    least = needed(number, flips=flips)
    assert asked(lambda before, _: not before, least, flips=flips) == (Call.BROKEN, least)


@pytest.mark.parametrize("alone", [False, True])
def test_what_fails_only_or_passes_only_among_the_others_is_named_by_whole_runs(alone):
    least = needed(1)
    found = asked(lambda before, at: alone if not at else not before, least)
    assert found == (Call.AMONG, least + 1)


@pytest.mark.parametrize(
    ("alone", "together", "said"),
    [
        (Runs(), Runs(), Call.OPEN),
        (Runs(failed=9), Runs(), Call.OPEN),
        (Runs(failed=2, passed_before=2), Runs(), Call.OPEN),
        (Runs(failed=3, passed_before=3), Runs(), Call.BROKEN),
        (Runs(3, 1, 0, 3), Runs(), Call.FLAKY),
        (Runs(3, 0, 1, 3), Runs(), Call.FLAKY),
        (Runs(0, 1, 1, 0), Runs(), Call.FLAKY),
        (Runs(0, 1, 0, 1), Runs(), Call.OPEN),
        (Runs(0, 1, 0, 1), None, Call.FLAKY),
        (Runs(1, 0, 1, 0), None, Call.BEFORE),
        (Runs(0, 1, 0, 1), Runs(1, 0, 1, 0), Call.BEFORE),
        (Runs(1, 0, 1, 0), Runs(0, 1, 0, 1), Call.FLAKY),
        (Runs(0, 1, 0, 1), Runs(3, 0, 0, 3), Call.AMONG),
    ],
)
def test_each_row_of_results_says_one_thing(alone, together, said):
    assert call(alone, together, 3) is said


def test_more_tests_and_tests_that_are_known_to_flip_need_more_runs():
    assert [needed(number) for number in (1, 2, 3, 10, 11, 50)] == [6, 6, 7, 7, 8, 9]
    assert needed(1, flips=True) == 12


def every(step: int) -> Iterator[bool]:
    number = 0
    while True:
        number += 1
        yield number % step == 0


@pytest.mark.parametrize("step", [2, 3, 4])
def test_what_fails_at_every_so_many_runs_is_not_named(step):
    for start in range(step):
        turns = every(step)
        for _ in range(start):
            next(turns)
        assert asked(lambda *_, turns=turns: next(turns), needed(1))[0] not in NAMED
