"""Time as a parameter: unix seconds (UTC, float) everywhere inside, text only at the rims."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]
"""Returns the current time in unix seconds."""


def system_clock() -> float:
    return time.time()


class FixedClock:
    """A clock for tests and simulation: time moves only when told to."""

    def __init__(self, at: float = 1_800_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += seconds


def iso(at: float) -> str:
    """Render unix seconds as RFC 3339 UTC with milliseconds, e.g. `2026-11-21T09:00:00.000Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
