"""Between an agent and the provider of its model: adds the key, counts, caps, records.

Owns: spend.  Never: lets a key reach an agent, takes unknown for nothing.  Start at: line.py, then proxy.py.
"""

import importlib
from typing import TYPE_CHECKING, Any

from windlass.meter.caps import Caps
from windlass.meter.ledger import Tally
from windlass.meter.line import Line
from windlass.meter.model import Account, Exchange, Outcome, Protocol, Scope
from windlass.meter.price import parse_prices
from windlass.meter.provider import Provider
from windlass.meter.records import DurableLedger

if TYPE_CHECKING:
    from windlass.meter.meter import Meter

__all__ = [
    "Account", "Caps", "DurableLedger", "Exchange", "Line", "Meter", "Outcome", "Protocol", "Provider",
    "Scope", "Tally", "parse_prices",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """What needs HTTP loads with its first use: a command that only shows spend should not pay for it."""
    if name != "Meter":
        raise AttributeError(f"windlass.meter has no {name!r}")
    return importlib.import_module("windlass.meter.meter").Meter
