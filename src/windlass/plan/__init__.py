"""Take the backlog in order and say of each item: go, ask a person, or blocked, and on which files.

Owns: routing, slices, playbooks, parts of features.  Never: does or dispatches the work.
Start at: controller.py, then feature.py.
"""

from windlass.plan import comment, feature
from windlass.plan.controller import tick
from windlass.plan.model import NO_RUNNER, Planned, PlanSettings
from windlass.plan.playbook import Demand, Playbook, Playbooks
from windlass.plan.shelf import playbooks
from windlass.plan.slice import choose

__all__ = [
    "NO_RUNNER", "Demand", "PlanSettings", "Planned", "Playbook", "Playbooks", "choose", "comment",
    "feature", "playbooks", "tick",
]  # fmt: skip
