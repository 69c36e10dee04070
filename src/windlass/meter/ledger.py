"""Where spend is put on record: a port, and one ledger in memory for demonstrations and checks of agents."""

import threading
import time
from collections import deque
from typing import Final
from typing import Protocol as Port

from windlass.meter.model import Account, Exchange, Spend, Totals

KEPT_MAX: Final = 10_000
"""Calls whose time a tally remembers."""


class Ledger(Port):
    """The spend of one account. Called from several threads; raises Unavailable when it cannot be reached."""

    def totals(self) -> Totals:
        """What each scope of the account has spent so far, other leases included."""
        ...

    def age_s(self, back: int) -> float | None:
        """How long ago the agent's call was put on record that is the `back`-th, from 1 on, counted from the
        newest; None: it made fewer. Of all leases of the agent in its repository.
        """
        ...

    def charge(self, exchange: Exchange) -> None:
        """Put the delta of one call on record, durably, in every scope."""
        ...


class Tally:
    """A ledger that forgets when the process ends; every scope has the same sum."""

    def __init__(self, account: Account) -> None:
        self._scopes = tuple(account.keys(0.0))
        self._sum = Spend()
        self._at = deque[float](maxlen=KEPT_MAX)
        self._lock = threading.Lock()

    def totals(self) -> Totals:
        with self._lock:
            return dict.fromkeys(self._scopes, self._sum)

    def age_s(self, back: int) -> float | None:
        with self._lock:
            return time.monotonic() - self._at[-back] if back <= len(self._at) else None

    def charge(self, exchange: Exchange) -> None:
        with self._lock:
            self._sum += exchange.spend
            self._at.append(time.monotonic())
