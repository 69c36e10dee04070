"""Slower, not slower, or nobody can tell: with the errors that are promised, whatever the noise."""

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.verify.slowdown import Pair, slowdown, slower

Noise = Callable[[random.Random], float]


def calm(rng: random.Random) -> float:
    return math.exp(rng.gauss(0, 0.05))


def heavy(rng: random.Random) -> float:
    """One run in ten takes half as long again, on average."""
    return calm(rng) * (1 + (rng.expovariate(2.0) if rng.random() < 0.1 else 0.0))


def drawn(ratio: float, pairs: int, seed: int, noise: Noise = calm) -> list[Pair]:
    rng = random.Random(seed)
    return [(noise(rng), ratio * noise(rng)) for _ in range(pairs)]


def looks(pairs: list[Pair]) -> bool | None:
    """The first clear answer, looking after every block."""
    answers = (slower(pairs[:n], 0.05) for n in range(2, len(pairs) + 1, 2))
    return next((answer for answer in answers if answer is not None), None)


@pytest.mark.parametrize("noise", [calm, heavy])
def test_at_the_very_tolerance_looking_again_and_again_is_seldom_wrong(noise: Noise) -> None:
    answers = [looks(drawn(1.05, 30, seed, noise)) for seed in range(150)]
    assert answers.count(True) <= 12  # 2.5 % of 150 are 4; 12 would be seen once in a thousand such tests
    assert answers.count(False) <= 12


def test_what_is_as_quick_is_not_slower_and_what_is_slower_is_found() -> None:
    assert [looks(drawn(1.0, 60, seed)) for seed in range(20)].count(False) >= 15
    assert [looks(drawn(1.2, 60, seed)) for seed in range(20)] == [True] * 20


def test_too_few_pairs_tell_nothing() -> None:
    for pairs in ([], [(1.0, 9.0)], [(1.0, 9.0)] * 6):
        assert slower(pairs, 0.05) is None
    found = slowdown([(1.0, 9.0)] * 2)
    assert (found.low, found.high, found.pairs) == (0.0, math.inf, 2)
    assert str(found) == "+800.0 % (any to any) of 2 pairs"


def test_without_noise_a_few_pairs_are_enough() -> None:
    assert slower([(1.0, 1.06)] * 8, 0.05) is True
    assert slower([(1.0, 1.04)] * 8, 0.05) is False


def test_a_drift_and_being_second_cancel_in_a_block() -> None:
    """Every run takes 3 % longer than the one before it, as on a machine that grows hot."""
    pairs = []
    for block in range(10):
        first, second, third, fourth = (1.03 ** (4 * block + run) for run in range(4))
        pairs += [(first, second), (fourth, third)]
    assert slower(pairs, 0.05) is not True
    found = slowdown(pairs)
    assert found.low <= 1.0 <= found.high


@given(st.lists(st.tuples(st.floats(0.01, 100), st.floats(0.01, 100)), min_size=8, max_size=20))
def test_the_answer_is_where_the_interval_lies(pairs: list[Pair]) -> None:
    found = slowdown(pairs)
    assert found.low <= found.high
    answer = slower(pairs, 0.05)
    if answer is not None:
        assert (found.low >= 1.05 * (1 - 1e-9)) if answer else (found.high <= 1.05 * (1 + 1e-9))
