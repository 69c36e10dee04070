"""Trends say how sure they are."""

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.ratchet import trend
from windlass.ratchet.model import DAY_S, Better, Metric, Point

UP = Metric("coverage", Better.UP, "%", target=80.0)
DOWN = Metric("p95", Better.DOWN, "ms", target=200.0)


def line(start: float, a_day: float, n: int = 20, noise: float = 0.0, seed: int = 1) -> list[Point]:
    rng = random.Random(seed)
    return [Point(start + a_day * day + rng.gauss(0, noise), day * DAY_S) for day in range(n)]


def test_a_straight_line_is_found() -> None:
    found = trend.trend(UP, line(70, 0.25))
    assert found is not None
    assert (found.slope, found.direction, found.points) == (pytest.approx(0.25), "better", 20)
    ahead = trend.forecast(UP, line(70, 0.25), 30)
    assert ahead is not None
    assert ahead.value == pytest.approx(70 + 0.25 * 49)
    assert ahead.low <= ahead.value <= ahead.high


def test_direction_is_the_metrics_own() -> None:
    for metric, up in ((UP, "better"), (DOWN, "worse")):
        found = trend.trend(metric, line(300, 1.0, noise=0.2))
        assert found is not None
        assert found.direction == up


def test_noise_alone_is_no_trend_and_few_points_are_unknown() -> None:
    found = [trend.trend(UP, line(70, 0.0, noise=3.0, seed=seed)) for seed in range(200)]
    wrong = sum(one is None or one.direction != "no trend" for one in found)
    assert wrong <= 20  # 5 % of 200 are 10; 20 would be seen once in 300 draws of such seeds
    assert trend.trend(UP, line(70, 1.0, n=trend.LEAST - 1)) is None
    assert trend.trend(UP, [Point(1.0, 5.0)] * 10) is None


def test_the_interval_holds_the_slope() -> None:
    held = 0
    for seed in range(200):
        found = trend.trend(UP, line(70, 0.5, noise=2.0, seed=seed))
        assert found is not None
        held += found.low <= 0.5 <= found.high
    assert held >= 180


def test_a_third_of_nonsense_hardly_moves_it() -> None:
    points = line(70, 0.25)
    mad = [Point(0.0, one.at) if number % 4 == 0 else one for number, one in enumerate(points)]
    found = trend.trend(UP, mad)
    assert found is not None
    assert found.slope == pytest.approx(0.25, abs=0.3)


def test_when_the_target_is_reached() -> None:
    days = trend.days_to_target(UP, line(70, 0.25))
    assert days is not None
    assert days[0] == pytest.approx((80 - 74.75) / 0.25)
    assert trend.days_to_target(UP, line(81, 0.25)) is None
    assert trend.days_to_target(UP, line(79, -0.25)) is None
    assert trend.days_to_target(Metric("n", Better.UP), line(1, 1)) is None


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e8)), max_size=30))
def test_nothing_breaks_it(values: list[tuple[float, float]]) -> None:
    points = sorted((Point(value, at) for value, at in values), key=lambda one: one.at)
    found = trend.trend(UP, points)
    ahead = trend.forecast(UP, points, 30)
    assert (found is None) == (ahead is None)
    assert found is None or found.low <= found.slope <= found.high


def test_the_interval_is_that_of_sen_and_alike_on_both_sides() -> None:
    """15 slopes; 1.96 standard deviations of Kendall's score for 6 points are 10.4: the second of either
    end.
    """
    points = [Point(float(n * n), n * DAY_S) for n in range(6)]
    slopes = sorted((b.value - a.value) / (b.at - a.at) * DAY_S for a, b in combinations(points, 2))
    for metric in (UP, DOWN):
        found = trend.trend(metric, points)
        assert found is not None
        assert (found.low, found.high) == (slopes[1], slopes[13])
