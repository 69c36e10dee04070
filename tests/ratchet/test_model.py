"""Metrics know which way is better."""

import pytest

from windlass.ratchet.model import SHIPPED, Better, Metric, Point, Standing

UP, DOWN = Metric("coverage", Better.UP, "%", target=80.0), Metric("p95", Better.DOWN, "ms", target=200.0)


def test_gain_and_movement_follow_the_direction() -> None:
    assert (UP.gain(76, 75), DOWN.gain(76, 75)) == (1, -1)
    assert (UP.moved(75, 2), DOWN.moved(75, 2)) == (77, 73)


def test_a_bound_at_or_beyond_the_target_is_where_tightening_ends() -> None:
    assert [UP.reached(v) for v in (79.9, 80, 90)] == [False, True, True]
    assert [DOWN.reached(v) for v in (201, 200, 10)] == [False, True, True]
    assert not Metric("size", Better.DOWN).reached(0)


@pytest.mark.parametrize(("value", "told"), [(75.0, "75 %"), (75.256, "75.26 %"), (-1.5, "-1.50 %")])
def test_values_are_told_with_their_unit(value: float, told: str) -> None:
    assert UP.told(value) == told
    assert Metric("n", Better.UP).told(3.0) == "3"


def test_what_a_person_set_is_not_measured() -> None:
    points = (Point(1.0, 1.0), Point(5.0, 2.0, by="ann"))
    standing = Standing(UP, points, 5.0, 2.0, 0)
    assert (standing.measured, standing.latest) == (points[:1], points[0])
    assert [standing.holds(v) for v in (3.9, 4.0, 100.0)] == [False, True, True]


def test_the_shipped_metrics_have_the_founding_figures() -> None:
    found = {one.name: (one.target, one.step) for one in SHIPPED}
    assert (found["coverage"], found["mutation"], found["p95"]) == ((80, 1), (80, 2), (200, 10))
    assert {(one.threshold, one.needed) for one in SHIPPED if one.unit == "%"} == {(0.5, 2)}
