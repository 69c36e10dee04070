"""Judge trees: tests, lint and types in clean checkouts in the sandbox, against the tree they came from.

Owns: evidence, verdicts, environments.  Never: changes a task or a branch.  Start at: judge.py.
"""

from windlass.verify import cycle, evaluation
from windlass.verify.check import Check, Scene
from windlass.verify.controller import judge_tree, record_verdict, tick, verify_submission
from windlass.verify.model import Judgement, Outcome, Reading
from windlass.verify.records import evidence_of

__all__ = [
    "Check", "Judgement", "Outcome", "Reading", "Scene", "cycle", "evaluation", "evidence_of", "judge_tree",
    "record_verdict", "tick", "verify_submission",
]  # fmt: skip
