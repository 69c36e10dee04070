import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.land.ladder import bits, builds
from windlass.land.suspicion import Noise, Red, Suspicion

NOISE = Noise(flake=0.01, pair=0.0005)


def believed(*risks, reds=()):
    return Suspicion(dict(enumerate(risks)), [Red(frozenset(one)) for one in reds], NOISE)


def planned(suspicion, slots):
    order = sorted(suspicion.risks, key=suspicion.guilt)
    return builds(order, suspicion, slots)


def test_a_single_change_is_one_batch_and_an_empty_queue_none():
    assert planned(believed(0.05), 4) == [(0,)]
    assert planned(believed(), 4) == []
    assert planned(believed(0.05, 0.05), 0) == []


def test_safe_changes_are_tested_all_at_once():
    assert planned(believed(*[0.002] * 10), 1) == [tuple(range(10))]


def test_risky_changes_are_tested_in_smaller_batches():
    sizes = [len(planned(believed(*[risk] * 40), 1)[0]) for risk in (0.01, 0.05, 0.2, 0.5)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] <= 2 < 10 < sizes[0]


def test_who_is_suspect_is_left_out_of_the_first_batch():
    first, *_ = planned(believed(0.02, 0.9, 0.02, 0.02), 1)
    assert first == (0, 2, 3)


def test_with_one_slot_a_red_batch_is_cut_in_two():
    suspicion = believed(*[0.03] * 8, reds=[range(8)])
    assert 3 <= len(planned(suspicion, 1)[0]) <= 5


def test_with_many_slots_suspects_are_tested_apart_from_the_ladder():
    suspicion = believed(*[0.05] * 40, reds=[(38, 39)])
    made = planned(suspicion, 6)
    assert len(made) == len(set(made)) == 6
    assert {38} in map(set, made) or {39} in map(set, made)


def test_the_second_half_of_a_red_pair_tells_nothing_that_the_first_does_not():
    made = planned(believed(0.05, 0.05, 0.05, 0.05, reds=[(0, 1)]), 3)
    assert not {(0,), (1,)} <= set(made)


@given(st.lists(st.floats(0.001, 0.95), min_size=1, max_size=30), st.integers(1, 8), st.data())
def test_batches_differ_hold_nobody_twice_and_are_nested_or_apart(risks, slots, data):
    members = st.frozensets(st.integers(0, len(risks) - 1), min_size=1)
    suspicion = believed(*risks, reds=data.draw(st.lists(members, max_size=3)))
    made = planned(suspicion, slots)
    assert 1 <= len(made) <= slots
    sets = [frozenset(one) for one in made]
    assert len(set(sets)) == len(made)
    assert all(len(one) == len(held) for one, held in zip(made, sets, strict=True))
    assert all(a <= b or b <= a or not a & b for a in sets for b in sets)


def test_bits_are_most_where_nobody_can_tell():
    assert bits(0.5) == 1
    assert bits(0) == bits(1) == 0
    assert bits(0.1) == pytest.approx(0.469, abs=0.001)
