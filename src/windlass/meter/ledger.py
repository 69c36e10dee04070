"""Where spend is put on record: a port, and one ledger in memory for demonstrations and checks of agents."""

import threading
from typing import Protocol as Port

from windlass.meter.model import Account, Exchange, Spend, Totals


class Ledger(Port):
    """The spend of one account. Called from several threads; raises Unavailable when it cannot be reached."""

    def totals(self) -> Totals:
        """What each scope of the account has spent so far, other leases included."""
        ...

    def charge(self, exchange: Exchange) -> None:
        """Put the delta of one call on record, durably, in every scope."""
        ...


class Tally:
    """A ledger that forgets when the process ends; every scope has the same sum."""

    def __init__(self, account: Account) -> None:
        self._scopes = tuple(account.keys(0.0))
        self._sum = Spend()
        self._lock = threading.Lock()

    def totals(self) -> Totals:
        with self._lock:
            return dict.fromkeys(self._scopes, self._sum)

    def charge(self, exchange: Exchange) -> None:
        with self._lock:
            self._sum += exchange.spend
