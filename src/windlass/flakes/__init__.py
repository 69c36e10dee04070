"""Know which tests fail by themselves, how often, and which of them may not block for a while.

Owns: tallies, flaky tests, quarantines.  Never: runs a test, believes a change.  Start at: certainty.py.
"""

from windlass.flakes.certainty import Certainty
from windlass.flakes.controller import (
    Standing,
    Told,
    count,
    observe,
    quarantine,
    release,
    settle,
    standing,
    told,
    watches,
)
from windlass.flakes.model import Seen

__all__ = [
    "Certainty", "Seen", "Standing", "Told", "count", "observe", "quarantine", "release", "settle",
    "standing", "told", "watches",
]  # fmt: skip
