"""Cost in whole micro-dollars, exact, and unknown where the table cannot tell."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.kernel import Invalid
from windlass.meter.model import Usage
from windlass.meter.price import Price, Prices, parse_prices


def test_a_call_costs_what_its_tokens_cost() -> None:
    price = parse_prices({"m": {"input": "1.25", "cached": "0.125", "output": 10, "cache_written": 2.5}}).of(
        "m"
    )
    assert price == Price(1_250_000, 10_000_000, 125_000, 2_500_000)
    assert price.cost(Usage(1_000_000, 0, 0, 0)) == 1_250_000
    assert price.cost(Usage(1_000_000, 400_000, 100_000, 1_000)) == 625_000 + 50_000 + 250_000 + 10_000


def test_a_part_of_a_micro_dollar_is_rounded_up() -> None:
    price = Price(1, 1)
    assert [price.cost(Usage(n, 0, 0, 0)) for n in (0, 1, 1_000_000, 1_000_001)] == [0, 1, 1, 2]


def test_without_a_price_for_the_cache_reading_costs_like_input_and_writing_is_unknown() -> None:
    price = Price(1_000_000, 2_000_000)
    assert price.cost(Usage(10, 5, 0, 0)) == 10
    assert price.cost(Usage(10, 0, 1, 0)) is None


AMOUNT = st.decimals(0, 1_000, places=6)
COUNT = st.integers(0, 10**7)


@given(AMOUNT, AMOUNT, AMOUNT, COUNT, COUNT, COUNT)
def test_cost_is_exact_and_never_too_small(
    one: Decimal, two: Decimal, three: Decimal, fresh: int, cached: int, output: int
) -> None:
    table = {"m": {"input": str(one), "cached": str(two), "output": str(three)}}
    price = parse_prices(table).of("m")
    assert price is not None
    cost = price.cost(Usage(fresh + cached, cached, 0, output))
    exact = fresh * one + cached * two + output * three
    assert cost is not None
    assert 0 <= cost - exact < 1


def test_the_longest_beginning_wins_and_a_full_name_before_it() -> None:
    cheap, dear, own = Price(1, 1), Price(2, 2), Price(3, 3)
    prices = Prices({"gpt-*": cheap, "gpt-5-*": dear, "gpt-5-pro": own})
    found = [prices.of(name) for name in ("gpt-4", "gpt-5-mini", "gpt-5-pro", "claude", "gpt-5-pro@flex")]
    assert found == [cheap, dear, own, None, dear]


@pytest.mark.parametrize(
    ("tree", "why"),
    [
        ([], "prices are a table"),
        ({"m": 3}, "'m' is no table"),
        ({"m": {"input": 1}}, "'m' has no output"),
        ({"m": {"input": 1, "output": 1, "inptu": 1}}, "no field 'inptu'"),
        ({"m": {"input": "-1", "output": 1}}, "'m'.input is '-1'"),
        ({"m": {"input": "0.0000001", "output": 1}}, "six places"),
        ({"m": {"input": "NaN", "output": True}}, "'m'.output is True"),
        ({"m": {"input": "1e999999", "output": None}}, "'m'.input is '1e999999'"),
    ],
)
def test_prices_that_make_no_sense_are_told(tree: object, why: str) -> None:
    with pytest.raises(Invalid) as told:
        parse_prices(tree)
    assert why in str(told.value)
