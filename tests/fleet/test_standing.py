"""Silence is not death: alive, unknown, dead."""

import pytest

from windlass.fleet import Instance, InstanceState, Standing, standing
from windlass.fleet.standing import lost_after_s

A, U, D = Standing.ALIVE, Standing.UNKNOWN, Standing.DEAD


def instance(every_s: float = 5.0, state: InstanceState = InstanceState.LIVE) -> Instance:
    return Instance("x", "t", "h", (), {}, 1, state, "", 1_000.0, every_s, 0.0, "")


@pytest.mark.parametrize(
    ("silent_s", "leased", "expected"),
    [(-5, False, A), (0, False, A), (10, False, A), (10.1, False, U), (24.9, False, U), (25, False, D),
     (25, True, U), (1e6, True, U)],
)  # fmt: skip
def test_dead_takes_a_long_silence_and_no_living_lease(
    silent_s: float, leased: bool, expected: Standing
) -> None:
    assert standing(instance(), 1_000.0 + silent_s, leased=leased) is expected


def test_a_fast_beat_does_not_make_death_come_faster_than_the_least() -> None:
    assert lost_after_s(instance(0.5)) == 15.0
    assert lost_after_s(instance(60.0)) == 300.0


@pytest.mark.parametrize(("leased", "expected"), [(True, U), (False, D)])
def test_who_left_is_gone_once_its_leases_are(leased: bool, expected: Standing) -> None:
    assert standing(instance(state=InstanceState.LEFT), 1_000.0, leased=leased) is expected
    assert standing(instance(state=InstanceState.DRAINING), 1_000.0, leased=leased) is A
