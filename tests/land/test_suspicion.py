from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.land.suspicion import REDS_MAX, Noise, Red, Suspicion

NOISE = Noise(flake=0.02, pair=0.0)


def red(*members, times=1):
    return Red(frozenset(members), times)


def counted(risks, reds, flake, asked):
    """P(what is asked of who is bad | the reds), by counting every possibility."""
    whole = part = 0.0
    for bad in product((False, True), repeat=len(risks)):
        chance = prod(risks[one] if is_bad else 1 - risks[one] for one, is_bad in enumerate(bad))
        chance *= prod(1 if any(bad[m] for m in r.members) else flake**r.times for r in reds)
        whole += chance
        part += chance * asked(bad)
    return part / whole


def test_without_red_batches_the_prior_stands():
    believed = Suspicion({1: 0.1, 2: 0.2}, [], NOISE)
    assert believed.guilt(1) == 0.1
    assert believed.green([1, 2]) == pytest.approx(0.9 * 0.8 * 0.98)


def test_one_red_batch_makes_its_members_suspect_by_their_risk():
    believed = Suspicion({1: 0.1, 2: 0.3, 3: 0.3}, [red(1, 2)], NOISE)
    assert believed.guilt(2) > believed.guilt(1) > 0.1
    assert believed.guilt(3) == 0.3
    assert believed.guilt(1) == pytest.approx(0.1 / (1 - 0.98 * 0.9 * 0.7))


def test_who_is_known_to_be_good_leaves_the_guilt_to_the_other():
    believed = Suspicion({1: 0.0001, 2: 0.05}, [red(1, 2)], NOISE)
    assert believed.guilt(2) > 0.7
    assert believed.guilt(1) < 0.01


def test_one_red_run_may_be_a_flake_and_three_are_none():
    guilt = [Suspicion({1: 0.05}, [red(1, times=times)], NOISE).guilt(1) for times in (1, 2, 3)]
    assert guilt[0] < 0.75 < 0.99 < guilt[1] < guilt[2]


def test_two_good_changes_that_break_each_other_explain_a_red_pair():
    believed = Suspicion({1: 0.0001, 2: 0.0001}, [red(1, 2, times=3)], Noise(flake=0.01, pair=0.01))
    assert believed.guilt(1) < 0.02
    assert believed.green([1, 2]) < 0.01 < 0.95 < believed.green([1])


@given(
    st.lists(st.floats(0.01, 0.9), min_size=5, max_size=5),
    st.lists(
        st.builds(Red, st.frozensets(st.integers(0, 4), min_size=1), st.integers(1, 3)),
        max_size=4, unique_by=lambda one: one.members,
    ),
    st.floats(0.005, 0.2),
    st.frozensets(st.integers(0, 4), min_size=1),
)  # fmt: skip
def test_the_posterior_is_that_of_counting_every_possibility(risks, reds, flake, batch):
    believed = Suspicion(dict(enumerate(risks)), reds, Noise(flake, 0.0))
    for one in range(5):
        expected = counted(risks, reds, flake, lambda bad, one=one: bad[one])
        assert believed.guilt(one) == pytest.approx(expected, abs=1e-9)
    good = counted(risks, reds, flake, lambda bad: not any(bad[one] for one in batch))
    assert believed.green(sorted(batch)) == pytest.approx(good * (1 - flake), abs=1e-9)
    *_, climbed = believed.climb(sorted(batch))
    assert climbed == pytest.approx(believed.green(sorted(batch)), abs=1e-9)


def test_more_red_batches_than_are_weighed_together_still_all_count():
    reds = [red(*range(size)) for size in range(2, REDS_MAX + 9)]
    believed = Suspicion(dict.fromkeys(range(20), 0.05), reds, NOISE)
    assert believed.guilt(0) > believed.guilt(REDS_MAX + 6) > 0.05


def test_batches_are_entangled_where_red_ones_join_them():
    believed = Suspicion(dict.fromkeys(range(6), 0.1), [red(0, 1), red(1, 2), red(4, 5)], NOISE)
    assert believed.entangled([0], [2])
    assert not believed.entangled([0], [4])
    assert not believed.entangled([3], [3])
