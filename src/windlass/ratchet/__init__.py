"""Hold what a repository has reached: bounds that follow from what landed, tighten by steps, never loosen.

Owns: measurements.  Never: writes into the repository, moves a bound back by itself.  Start at: rule.py.
"""

from windlass.ratchet import trend
from windlass.ratchet.controller import examine, find, hold, landed, measured, set_bound, standings
from windlass.ratchet.model import Finding, Metric, Standing
from windlass.ratchet.settings import parse_metrics

__all__ = [
    "Finding", "Metric", "Standing", "examine", "find", "hold", "landed", "measured", "parse_metrics",
    "set_bound", "standings", "trend",
]  # fmt: skip
