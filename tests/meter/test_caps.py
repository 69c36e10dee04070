"""Which call may start, and what is refused before anything starts."""

import pytest

from windlass.kernel import Invalid
from windlass.meter.caps import Caps, breach, check_measurable, full, unpriced, wait_s
from windlass.meter.model import Breach, Dimension, Scope, Spend
from windlass.meter.price import Price, Prices

PRICES = Prices({"m": Price(1, 1)})
MONEY = {Scope.DAY: Caps(micro_dollars=5)}


@pytest.mark.parametrize(
    ("cap", "spent", "found"),
    [
        (Caps(), Spend(10**6, 10**9, 0, 0, 10**9, 10**12, 99, 99), None),
        (Caps(requests=3), Spend(requests=2), None),
        (Caps(requests=3), Spend(requests=3), (Dimension.REQUESTS, 3, 3)),
        (Caps(tokens=10), Spend(input=5, output=4), None),
        (Caps(tokens=10), Spend(input=5, output=7), (Dimension.TOKENS, 10, 12)),
        (Caps(micro_dollars=10), Spend(micro_dollars=10), (Dimension.MONEY, 10, 10)),
        (Caps(requests=9, unmeasured_max=0), Spend(unmeasured=9, unpriced=9), None),
        (Caps(tokens=10, unmeasured_max=1), Spend(unmeasured=1, unpriced=9), None),
        (Caps(tokens=10, unmeasured_max=1), Spend(unmeasured=2), (Dimension.UNMEASURED, 1, 2)),
        (Caps(micro_dollars=10, unpriced_max=0), Spend(unpriced=1), (Dimension.UNPRICED, 0, 1)),
    ],
)
def test_a_cap_is_reached_or_not(cap: Caps, spent: Spend, found: tuple[Dimension, int, int] | None) -> None:
    wanted = None if found is None else Breach(Scope.TASK, *found)
    assert breach({Scope.TASK: cap}, {Scope.TASK: spent}) == wanted
    assert breach({Scope.TASK: cap}, {Scope.AGENT: spent}) is None


def test_calls_in_flight_count_as_requests() -> None:
    caps, totals = {Scope.TASK: Caps(requests=3)}, {Scope.TASK: Spend(requests=1)}
    assert breach(caps, totals, in_flight=1) is None
    assert breach(caps, totals, in_flight=2) == Breach(Scope.TASK, Dimension.REQUESTS, 3, 3)


def test_a_breach_says_what_which_and_how_much() -> None:
    assert str(Breach(Scope.DAY, Dimension.MONEY, 5, 7)) == "the day has 7 of at most 5 micro-dollars"


def test_money_needs_a_price() -> None:
    assert unpriced(MONEY, PRICES, "m") is None
    found = unpriced(MONEY, PRICES, "other")
    assert str(found) == "money of this day is capped, and the model has no price"
    assert unpriced({Scope.DAY: Caps(tokens=5)}, PRICES, "other") is None


def test_a_cap_that_cannot_be_measured_refuses_to_start() -> None:
    check_measurable({Scope.DAY: Caps(tokens=5)}, Prices(), frozenset({"m"}))
    check_measurable(MONEY, PRICES, frozenset())
    check_measurable(MONEY, PRICES, frozenset({"m"}))
    with pytest.raises(Invalid, match="the price of any model is not known"):
        check_measurable(MONEY, Prices(), frozenset())
    with pytest.raises(Invalid, match="the price of 'a', 'b' is not known"):
        check_measurable(MONEY, PRICES, frozenset({"b", "m", "a"}))


@pytest.mark.parametrize(("age_s", "left"), [(None, 0.0), (0.0, 60.0), (59.5, 0.5), (60.0, 0.0), (99.0, 0.0)])
def test_a_window_slides(age_s: float | None, left: float) -> None:
    assert wait_s(60.0, age_s) == left
    assert str(full(3)) == "the agent has 3 of at most 3 requests in its window"
