"""Let several agents try the same work, measure what each made, and take the best.

Owns: trials, entries, their verdicts.  Never: lands anything, believes an agent.  Start at: patterns.py.
"""

from windlass.trials import records
from windlass.trials.controller import evaluate, keep, open_trial, pick, prune, tick
from windlass.trials.model import Pattern, Plan, Trial, TrialState, Variant

__all__ = [
    "Pattern", "Plan", "Trial", "TrialState", "Variant", "evaluate", "keep", "open_trial", "pick", "prune",
    "records", "tick",
]  # fmt: skip
