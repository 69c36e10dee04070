"""A level that became another is found, and noise is none."""

import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from windlass.ratchet.model import DAY_S, Better, Metric, Point
from windlass.ratchet.shift import LEAST, POINTS_MAX, Shift, shifts

P95 = Metric("p95", Better.DOWN, "ms")


def series(*levels: tuple[int, float], noise: float = 1.0, seed: int = 1) -> list[Point]:
    rng = random.Random(seed)
    values = [rng.gauss(level, noise) for count, level in levels for _ in range(count)]
    return [Point(value, n * DAY_S, f"c{n}") for n, value in enumerate(values)]


def found(points: Sequence[Point]) -> list[Shift]:
    return shifts(points, random.Random(0))


def test_a_step_is_found_with_its_place_levels_and_direction() -> None:
    (one,) = found(series((25, 100.0), (8, 108.0)))
    assert abs(int(one.first.commit[1:]) - 25) <= 1
    assert abs(one.before - 100) < 1 < abs(one.after - one.before)
    assert (one.direction(P95), one.chance) == ("worse", 0.0005)


def test_two_steps_are_two_and_a_wild_point_is_none() -> None:
    there_and_back = found(series((20, 100.0), (20, 110.0), (20, 100.0)))
    assert [one.direction(P95) for one in there_and_back] == ["worse", "better"]
    points = series((30, 100.0))
    points[15] = Point(900.0, points[15].at, "c15")
    assert found(points) == []


def test_noise_is_seldom_taken_for_a_shift() -> None:
    wrong = sum(bool(found(series((40, 100.0), seed=seed))) for seed in range(100))
    assert wrong <= 6  # one or two in a hundred is what thousands of such series have


def test_few_or_equal_points_tell_nothing() -> None:
    for count in range(2 * LEAST):
        assert found(series((count, 1.0))) == []
    assert found(series((50, 5.0), noise=0.0)) == []


def test_a_count_that_fell_for_good_is_found() -> None:
    (one,) = found(series((20, 5.0), (5, 3.0), noise=0.0))
    assert (one.before, one.after, one.first.commit) == (5.0, 3.0, "c20")


def test_what_was_found_stays_found_as_points_come() -> None:
    points = series((25, 100.0), (12, 108.0))
    told = []
    for end in range(1, len(points) + 1):
        seen = points[:end]
        known = {one.first for one in found(seen[:-1])}
        told += [one.first.commit for one in found(seen) if one.first not in known]
    assert len(told) == 1
    assert told == [one.first.commit for one in found(points)]


@given(st.lists(st.floats(-1e6, 1e6), max_size=40))
def test_any_values_have_an_answer_in_their_order(values: list[float]) -> None:
    points = [Point(value, float(n)) for n, value in enumerate(values)]
    answer = found(points)
    assert [one.first.at for one in answer] == sorted({one.first.at for one in answer})
    assert all(one.first in points[-POINTS_MAX:] and 0 < one.chance <= 0.001 for one in answer)
