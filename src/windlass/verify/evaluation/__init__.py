"""Measure a change on four axes against the tree it came from, and say which of several is the best; and what
the choice of tests is worth.
"""

from windlass.verify import mutation, scans, testimony, trunk
from windlass.verify.attempt import Attempt, Attempted, Fate
from windlass.verify.evaluation.comparison import Comparison, Standing, axis_scores, compare
from windlass.verify.evaluation.measuring import evaluate
from windlass.verify.evaluation.model import (
    Asked,
    Axis,
    Evaluation,
    Figure,
    Weights,
    parse_evaluation,
)  # fmt: skip
from windlass.verify.making import made
from windlass.verify.recall import Recall, recall
from windlass.verify.repairing import repaired
from windlass.verify.rerun import rerun

__all__ = [
    "Asked", "Attempt", "Attempted", "Axis", "Comparison", "Evaluation", "Fate", "Figure", "Recall",
    "Standing", "Weights", "axis_scores", "compare", "evaluate", "made", "mutation", "parse_evaluation",
    "recall", "repaired", "rerun", "scans", "testimony", "trunk",
]  # fmt: skip
