"""Caps on what may be spent, and whether the next call may start. Pure.

A cap is looked at before a call, against all that is on record: a call that starts below the cap may end
above it, and so may the calls beside it. What cannot be measured is never taken for nothing: a few calls of
unknown usage are let pass (an agent that hangs up makes one), then the cap counts as reached.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from windlass.kernel import Invalid
from windlass.meter.model import Breach, Dimension, Scope, Spend, Totals
from windlass.meter.price import Prices

UNMEASURED_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Caps:
    """Bounds of one scope; None: no bound. Tokens are input and output together."""

    requests: int | None = None
    tokens: int | None = None
    micro_dollars: int | None = None
    unmeasured_max: int = UNMEASURED_MAX
    """Calls of unknown usage that are let pass under a cap of tokens."""
    unpriced_max: int = UNMEASURED_MAX
    """Calls of unknown cost that are let pass under a cap of money."""


def full(requests_max: int) -> Breach:
    """An agent has made as many requests as it may in its window."""
    return Breach(Scope.AGENT, Dimension.WINDOW, requests_max, requests_max)


def wait_s(window_s: float, age_s: float | None) -> float:
    """Seconds until one request more is allowed in any `window_s`. `age_s`: of the oldest that stands in its
    way; None: there is none.
    """
    return 0.0 if age_s is None else max(0.0, window_s - age_s)


def breach(caps: Mapping[Scope, Caps], totals: Totals, *, in_flight: int = 0) -> Breach | None:
    """The first cap that is reached. `in_flight`: calls that have begun and are not in `totals` yet."""
    for scope, cap in caps.items():
        if found := _reached(scope, cap, totals.get(scope, Spend()), in_flight):
            return found
    return None


def _reached(scope: Scope, cap: Caps, spent: Spend, in_flight: int) -> Breach | None:
    tokens, money = cap.tokens is not None, cap.micro_dollars is not None
    looked: tuple[tuple[Dimension, int | None, int], ...] = (
        (Dimension.REQUESTS, cap.requests, spent.requests + in_flight),
        (Dimension.TOKENS, cap.tokens, spent.tokens),
        (Dimension.MONEY, cap.micro_dollars, spent.micro_dollars),
        (Dimension.UNMEASURED, cap.unmeasured_max + 1 if tokens else None, spent.unmeasured),
        (Dimension.UNPRICED, cap.unpriced_max + 1 if money else None, spent.unpriced),
    )
    for dimension, limit, amount in looked:
        if limit is not None and amount >= limit:
            unknown = dimension in (Dimension.UNMEASURED, Dimension.UNPRICED)
            return Breach(scope, dimension, limit - 1 if unknown else limit, amount)
    return None


def unpriced(caps: Mapping[Scope, Caps], prices: Prices, model: str) -> Breach | None:
    """Whether a cap on money forbids this model, because its price is not known."""
    for scope, cap in caps.items():
        if cap.micro_dollars is not None and prices.of(model) is None:
            return Breach(scope, Dimension.MODEL, 0, 1)
    return None


def check_measurable(caps: Mapping[Scope, Caps], prices: Prices, models: frozenset[str]) -> None:
    """Refuse to start under a cap on money when no price, or not that of every named model, is known."""
    if all(cap.micro_dollars is None for cap in caps.values()):
        return
    unknown = sorted(model for model in models if prices.of(model) is None)
    if unknown or not prices.table:
        what = f"of {', '.join(map(repr, unknown))}" if unknown else "of any model"
        raise Invalid(
            f"money is capped, and the price {what} is not known",
            hint="give its price for a million tokens, or cap requests and tokens instead",
        )
