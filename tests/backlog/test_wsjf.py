"""The founding formula, by its own examples and by properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.backlog.model import SCALE, Score
from windlass.backlog.wsjf import aging, band, base_wsjf, check_score, wsjf
from windlass.kernel import Invalid

inputs = st.sampled_from(SCALE)
scores = st.builds(Score, inputs, inputs, inputs, inputs)
ages = st.floats(0, 4000)


def test_sum_over_size_times_aging() -> None:
    assert wsjf(Score(5, 3, 3, 5)) == 2.2
    assert wsjf(Score(2, 1, 1, 3), 16.0) == pytest.approx(4 / 3 * 1.5)
    assert base_wsjf(Score(3, 3, 5, 5), boost=1.5) == pytest.approx(3.3)


@pytest.mark.parametrize(("age", "times"), [(0, 1), (1, 1), (16, 1.5), (31, 2), (400, 2), (-5, 1)])
def test_aging_starts_after_a_day_and_stops_at_two(age: float, times: float) -> None:
    assert aging(age) == pytest.approx(times)


@pytest.mark.parametrize(
    ("given", "name"),
    [(2.01, "critical"), (2.0, "high"), (1.5, "high"), (1.49, "medium"), (1.0, "medium"), (0.99, "low")],
)
def test_bands_have_their_edges_where_the_formula_puts_them(given: float, name: str) -> None:
    assert band(given) == name


def test_everything_off_the_scale_is_named_at_once() -> None:
    with pytest.raises(Invalid, match=r"value = 4, size = 0") as caught:
        check_score(Score(4, 1, 1, 0))
    assert "1-2-3-5-8-13" in caught.value.hint


@pytest.mark.parametrize("wrong", [True, 1.0, "3", None, -1, 21])
def test_only_whole_numbers_of_the_scale_count(wrong: object) -> None:
    with pytest.raises(Invalid):
        check_score(Score(wrong, 1, 1, 1))  # what a careless caller does


@given(scores, ages, ages)
def test_never_falls_with_age(score: Score, one: float, other: float) -> None:
    young, old = sorted((one, other))
    assert wsjf(score, young) <= wsjf(score, old) <= 2 * wsjf(score, 0)


@given(scores, inputs, ages)
def test_rises_with_worth_and_falls_with_size(score: Score, other: int, age: float) -> None:
    small, large = sorted((score.value, other))
    worth = [wsjf(Score(v, score.criticality, score.risk_reduction, score.size), age) for v in (small, large)]
    short, long = sorted((score.size, other))
    size = [wsjf(Score(score.value, score.criticality, score.risk_reduction, s), age) for s in (short, long)]
    assert worth[0] <= worth[1]
    assert size[0] >= size[1]
