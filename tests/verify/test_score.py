"""Shares with intervals."""

import pytest

from windlass.verify.score import LEAST, Score, Shift, wilson


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (50, 100, 0.4038, 0.5962), (770, 770, 0.9950, 1.0)],
)
def test_the_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-4)


def test_of_few_mutants_there_is_no_score() -> None:
    assert Score(LEAST - 1, LEAST - 1).percent is None
    assert Score(LEAST // 2, LEAST).percent == 50.0
    low, high = Score(LEAST // 2, LEAST).interval
    assert 0 < low < 50 < high < 100


@pytest.mark.parametrize(
    ("lost", "gained", "chance"), [(0, 0, 1.0), (5, 5, 1.0), (6, 0, 0.03125), (0, 1, 1.0)]
)
def test_a_shift_is_judged_by_the_pairs_that_differ(lost: int, gained: int, chance: float) -> None:
    assert Shift(100, lost, gained).chance == pytest.approx(chance)
