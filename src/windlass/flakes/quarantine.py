"""When a test goes into quarantine, how many may, and when one is sound again. Pure."""

import math
from typing import Final

from windlass.flakes.model import Flaky, FlakyState, Record

RATE_MIN: Final = 0.01
"""A test that fails by itself more often than this costs more than it tells."""
SURE: Final = 0.95
FLIPS_MIN: Final = 2
"""Trees of the main branch with both results; one may be the machine's own bad moment."""
SHARE_MAX: Final = 0.01
"""Of the tests of the suite, but always one: so many may be in quarantine at once."""
QUARANTINE_S: Final = 14 * 86_400.0
STABLE: Final = 0.05
"""The chance that a flaky test became sound, before its clean runs are looked at."""


def deserves(record: Record) -> bool:
    """Whether a test is so flaky, and so surely, that it should not block."""
    return record.flips >= FLIPS_MIN and record.belief.above(RATE_MIN) >= SURE


def places(tests: int) -> int:
    """How many tests of a suite may be in quarantine."""
    return max(1, math.floor(SHARE_MAX * tests))


def stable(record: Record) -> float:
    """The chance that it is sound now: its passes since the last failure would be luck otherwise.

    After 20 failures in 100 runs 63 passes are enough, after 20 in 1,000 it takes 363.
    """
    luck = math.exp(record.before.log_chance(0, record.clean))
    return STABLE / (STABLE + (1.0 - STABLE) * luck)


def due(flaky: Flaky, record: Record, gone: float, now: float) -> FlakyState:
    """The state that a flaky test should be in; quarantine itself depends on whether there is a place. A test
    that was last run before `gone` is not there any more.
    """
    if flaky.state is FlakyState.STABLE:
        return FlakyState.FLAKY if record.flips else FlakyState.STABLE
    if stable(record) >= SURE or record.last < gone:
        return FlakyState.STABLE
    if flaky.state is FlakyState.QUARANTINED:
        late = flaky.until is not None and now >= flaky.until
        return FlakyState.OVERDUE if late else FlakyState.QUARANTINED
    return FlakyState.QUARANTINED if flaky.state is FlakyState.FLAKY and deserves(record) else flaky.state
