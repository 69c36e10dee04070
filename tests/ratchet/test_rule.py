"""The pawl: bounds tighten by steps, and never loosen."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.ratchet.model import DAY_S, SHIPPED, Better, Finding, Metric, Point, Value
from windlass.ratchet.rule import judge, standing

COVERAGE, MUTATION, P95 = SHIPPED[:3]
LINT = next(one for one in SHIPPED if one.name == "lint")
START = replace(COVERAGE, start=75.0)


def points(*values: float, every_s: float = DAY_S) -> list[Point]:
    return [Point(value, number * every_s, f"c{number}") for number, value in enumerate(values)]


def bound(metric: Metric, *values: float, every_s: float = DAY_S) -> float | None:
    return standing(metric, points(*values, every_s=every_s)).bound


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((), 75.0), ((90.0,), 75.0), ((76.0, 76.0), 76.0), ((75.4, 90.0), 75.0), ((90.0, 74.5, 90.0), 75.0),
        ((90.0, 90.0), 76.0), ((90.0,) * 3, 77.0), ((90.0,) * 20, 80.0), ((75.6, 75.7), 75.6),
        ((60.0, 60.0), 75.0),
    ],
)  # fmt: skip
def test_coverage_goes_from_75_to_80_by_one_a_landing_after_two_improvements(
    values: Sequence[float], expected: float
) -> None:
    assert bound(START, *values) == pytest.approx(expected)


def test_the_first_measurement_is_the_bound_where_none_is_given_even_beyond_the_target() -> None:
    assert (bound(COVERAGE), bound(COVERAGE, 93.5), bound(COVERAGE, 93.5, 97.0, 97.0)) == (None, 93.5, 93.5)


def test_a_step_a_week_is_one_however_often_it_is_measured() -> None:
    mutation = replace(MUTATION, start=60.0)
    assert bound(mutation, *[70.0] * 9) == 64.0  # on days 1 and 8
    assert bound(mutation, *[70.0] * 8, every_s=60.0) == 62.0


def test_a_latency_goes_down_by_ten_a_sprint_and_bears_noise() -> None:
    p95 = replace(P95, start=500.0)
    assert bound(p95, 450.0, 440.0) == 490.0
    assert judge(standing(p95, points(450.0, 440.0)), Value(514.0), Value(None)).holds
    assert judge(standing(p95, points(450.0, 440.0)), Value(516.0), Value(None)).holds is False


def test_counts_tighten_to_what_was_reached() -> None:
    assert bound(LINT, 40.0, 12.0, 9.0) == 12.0
    assert bound(LINT, 40.0, 0.0, 0.0) == 0.0
    assert bound(LINT, 40.0, 12.0, 60.0) == 40.0


def test_only_a_person_moves_a_bound_back() -> None:
    measured = [*points(90.0, 90.0, 90.0), Point(70.0, 9 * DAY_S, by="ann"), Point(71.0, 10 * DAY_S, "c")]
    assert standing(START, measured).bound == 70.0
    assert standing(START, measured[:3]).bound == 77.0


METRICS = st.builds(
    Metric, st.just("m"), st.sampled_from(Better), start=st.none() | st.floats(-100, 100),
    target=st.none() | st.floats(-100, 100), step=st.floats(0, 10), every_s=st.floats(0, 5 * DAY_S),
    threshold=st.floats(0, 5), tolerance=st.floats(0, 5), needed=st.integers(1, 4),
)  # fmt: skip


@given(METRICS, st.lists(st.floats(-200, 200), max_size=30))
def test_no_history_ever_loosens_a_bound(metric: Metric, values: list[float]) -> None:
    history = points(*values)
    bounds = [standing(metric, history[:end]).bound for end in range(len(history) + 1)]
    known = [one for one in bounds if one is not None]
    assert all(metric.gain(after, before) >= 0 for before, after in pairwise(known))


@given(METRICS, st.lists(st.floats(-200, 200), min_size=1, max_size=30))
def test_a_bound_is_never_tighter_than_what_was_reached_or_asked(metric: Metric, values: list[float]) -> None:
    found = standing(metric, points(*values)).bound
    best = max(values, key=lambda value: metric.gain(value, 0))
    first = metric.start if metric.start is not None else values[0]
    assert found is not None
    assert metric.gain(found, first) <= 0 or metric.gain(found, best) <= 1e-9
    if metric.target is not None:
        assert metric.gain(found, first) <= 0 or metric.gain(found, metric.target) <= 0


def said(value: float | None, base: float | None, *history: float) -> Finding:
    return judge(standing(START, points(*history)), Value(value, "pytest"), Value(base))


def test_a_value_within_tolerance_holds_and_one_beyond_does_not() -> None:
    assert said(74.0, 90.0).holds is True
    broken = said(73.9, 90.0)
    assert broken.holds is False
    told = "coverage is 73.90 %, 90 % before the change: below its bound of 75 % by more than 1 %"
    assert told in broken.why
    assert "test the lines that the change adds" in broken.why


def test_a_change_is_not_blamed_for_a_base_that_is_beyond_the_bound_already() -> None:
    assert said(60.0, 60.0).holds is True
    assert said(61.0, 60.0).holds is True
    assert said(59.9, 60.0).holds is False
    assert "60 % before the change already" in said(60.0, 60.0).why


def test_what_was_measured_before_and_is_not_now_is_unknown() -> None:
    assert said(None, 90.0, 90.0).holds is None
    assert said(None, None).holds is True
    own = replace(START, command="python size.py")
    assert judge(standing(own, []), Value(None, why="exit code 1"), Value(None)).holds is None
