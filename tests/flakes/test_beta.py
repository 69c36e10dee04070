"""Beliefs about rates, held against scipy and against what they were made from."""

import math
import random

import pytest
from scipy import stats

from windlass.flakes.beta import DEFAULT, Beta, learned


@pytest.mark.parametrize("belief", [Beta(0.02, 1.0), Beta(0.5, 99.5), Beta(12.0, 40.0), Beta(3.5, 3000.0)])
def test_figures_are_those_of_scipy(belief: Beta) -> None:
    theirs = stats.beta(belief.a, belief.b)
    for rate in (0.001, 0.01, 0.1, 0.5, 0.9):
        assert belief.above(rate) == pytest.approx(theirs.sf(rate), abs=1e-9)
    low, high = belief.interval()
    assert (low, high) == pytest.approx(theirs.interval(0.95), abs=1e-9)
    assert belief.mean == pytest.approx(theirs.mean())


def test_a_row_of_results_is_as_likely_as_its_runs_one_by_one() -> None:
    belief, chance = Beta(0.5, 99.5), 1.0
    for failed in (1, 0, 0, 1):
        chance *= belief.mean if failed else 1 - belief.mean
        belief = belief.after(failed, 1 - failed)
    assert DEFAULT.log_chance(2, 2) == pytest.approx(math.log(chance))


def test_nothing_is_above_one_and_everything_above_zero() -> None:
    assert (DEFAULT.above(1.0), DEFAULT.above(0.0)) == (0.0, 1.0)


def test_a_repository_teaches_its_own_rates_once_it_has_shown_some() -> None:
    assert learned([(0, 100, 500), (3, 97, 2)]) == DEFAULT
    draw = random.Random(1)
    rates = [draw.betavariate(0.2, 5.0) for _ in range(400)]
    runs = [(sum(draw.random() < rate for _ in range(50)), rate) for rate in rates]
    found = learned((failed, 50 - failed, 1) for failed, _ in runs)
    assert 0.1 <= found.a <= 0.5
    assert 2.0 <= found.b <= 10.0
