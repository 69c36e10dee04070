"""Whatever arrives when, whatever limits and weights: a lane with ready work and room is served soon."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windlass.dispatch.braid import Strand, braid, check_lane, serve, turn, waits_at_most
from windlass.kernel import Invalid

LANES = 5
WEIGHTS = st.lists(st.sampled_from([0.05, 0.3, 0.5, 1.0, 1.5, 2.0, 7.0, 100.0]), min_size=2, max_size=LANES)


def strands(*opens: int, weights: tuple[float, ...] = ()) -> tuple[Strand, ...]:
    return tuple(Strand(n, 0.0, weights[n] if weights else 1.0, many) for n, many in enumerate(opens))


def test_equal_lanes_take_turns() -> None:
    assert braid(strands(9, 9, 9), 7) == (0, 1, 2, 0, 1, 2, 0)


def test_an_empty_or_full_lane_is_passed_over() -> None:
    assert braid(strands(0, 2, 9), 5) == (1, 2, 1, 2, 2)
    assert braid(strands(0, 0), 5) == ()
    assert turn(strands(0, 0)) is None


def test_shares_follow_the_weights() -> None:
    served = Counter(braid(strands(9_999, 9_999, 9_999, weights=(1.0, 2.0, 5.0)), 800))
    assert served == {0: 100, 1: 200, 2: 500}


def test_an_idle_lane_does_not_make_up_for_it() -> None:
    left = strands(10_000, 0)
    for _ in range(1_000):
        left = serve(left, 0)
    left = (left[0], replace(left[1], open=100))
    assert Counter(braid(left, 20))[1] <= 11


ARRIVALS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 3), min_size=LANES, max_size=LANES),  # tasks that arrive
        st.lists(st.integers(0, 3), min_size=LANES, max_size=LANES),  # room in each lane
        st.sets(st.integers(0, LANES - 1), min_size=1),  # the lanes this claimer asks for
    ),
    max_size=120,
)


@settings(max_examples=300, deadline=None)
@given(WEIGHTS, ARRIVALS)
def test_no_lane_with_work_and_room_waits_longer_than_the_bound(
    weights: list[float], arrivals: list[tuple[list[int], list[int], set[int]]]
) -> None:
    """A lane waits while claims that ask for it, find it ready and with room, go to others."""
    named = dict(enumerate(weights))
    ready, passed, waited = Counter[int](), dict.fromkeys(named, 0.0), Counter[int]()
    for arriving, room, asked in arrivals:
        for lane in named:
            ready[lane] += arriving[lane]
        found = [Strand(n, passed[n], named[n], min(ready[n], room[n])) for n in named if n in asked]
        for lane in braid(found, 1):
            for strand in serve(found, lane):
                assert strand.passed >= passed[strand.lane], "a pass went back"
                passed[strand.lane] = strand.passed
            ready[lane] -= 1
            waited[lane] = 0
            for strand in found:
                if strand.lane != lane:
                    waited[strand.lane] = waited[strand.lane] + 1 if strand.open else 0
                    assert waited[strand.lane] <= waits_at_most(named, strand.lane)
        assert turn(found) is None or any(strand.open for strand in found)


@given(WEIGHTS, st.integers(0, 4))
def test_the_bound_is_met_by_lanes_that_are_always_ready(weights: list[float], behind: int) -> None:
    """No slack beyond reason: with equal weights a lane waits for each of the others once."""
    named = {n: 1.0 for n in range(len(weights))}
    assert waits_at_most(named, 0) == 2 * (len(weights) - 1)
    order = braid(strands(*[50] * len(weights)), 40)
    gaps = [b - a for a, b in pairwise(order)]
    assert set(gaps) <= {1, 1 - len(weights)}


@pytest.mark.parametrize(("limit", "weight"), [(-1, 1.0), (200_000, 1.0), (None, 0.0), (None, 101.0)])
def test_limits_and_weights_have_bounds(limit: int | None, weight: float) -> None:
    with pytest.raises(Invalid):
        check_lane("a", limit, weight)
