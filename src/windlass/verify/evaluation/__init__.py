"""Measure a change on four axes against the tree it came from, and say which of several is the best."""

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
from windlass.verify.rerun import rerun

__all__ = [
    "Asked", "Axis", "Comparison", "Evaluation", "Figure", "Standing", "Weights", "axis_scores", "compare",
    "evaluate", "parse_evaluation", "rerun",
]  # fmt: skip
