"""How requests to a provider fail lately: what its agent should be told it was, whatever it says itself."""

import threading
from typing import Final

from windlass.meter.model import Exchange, Outcome

_OF_THE_CALLER: Final = frozenset(
    {Outcome.LEFT, Outcome.REFUSED, Outcome.INVALID, Outcome.NOT_FOUND, Outcome.UNRECORDED}
)
"""Ends of a call that say nothing about whoever is asked."""


class Latest:
    """The last failed call of a line, until one that began after it is answered. Safe for many threads."""

    def __init__(self) -> None:
        self._failed: Exchange | None = None
        self._lock = threading.Lock()

    def note(self, exchange: Exchange) -> None:
        """Take in a call that is over."""
        with self._lock:
            failed = self._failed
            if exchange.outcome is Outcome.ANSWERED:
                later = failed is not None and exchange.at >= failed.at + failed.seconds
                self._failed = None if later else failed
            elif exchange.outcome not in _OF_THE_CALLER:
                self._failed = exchange

    def fault(self) -> tuple[str, str] | None:
        """The word of its outcome and what is known of it; see `kernel.Tools`."""
        with self._lock:
            failed = self._failed
        return None if failed is None else (failed.outcome.value, failed.detail)
