"""Measure a change on four axes against the tree it came from, and say which of several is the best; and what
the choice of tests is worth.
"""

from windlass.verify import mutation, scans
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
from windlass.verify.recall import Recall, recall
from windlass.verify.rerun import rerun

__all__ = [
    "Asked", "Attempt", "Attempted", "Axis", "Comparison", "Evaluation", "Fate", "Figure", "Recall",
    "Standing", "Weights", "axis_scores", "compare", "evaluate", "mutation", "parse_evaluation", "recall",
    "rerun", "scans",
]  # fmt: skip
