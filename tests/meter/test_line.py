"""A line refuses to start when its caps could not be kept."""

import pytest

from windlass.kernel import Invalid
from windlass.meter.caps import Caps
from windlass.meter.ledger import Tally
from windlass.meter.line import Line
from windlass.meter.model import Account, Protocol, Scope
from windlass.meter.price import Price, Prices
from windlass.meter.provider import Provider

PROVIDER = Provider("p", "http://127.0.0.1:1", frozenset({Protocol.CHAT}))
LEDGER = Tally(Account(1, 1, 1, "a"))


def test_a_cap_of_money_needs_prices() -> None:
    caps = {Scope.TASK: Caps(micro_dollars=1)}
    with pytest.raises(Invalid, match="money is capped"):
        Line(PROVIDER, LEDGER, caps=caps).check()
    Line(PROVIDER, LEDGER, caps=caps, prices=Prices({"m": Price(1, 1)})).check()
    Line(PROVIDER, LEDGER).check()
