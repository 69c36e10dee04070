"""Take the backlog in order and say of each item: go, ask a person, or blocked, and on which files.

Owns: routing, slices.  Never: does or dispatches the work.  Start at: controller.py.
"""

from windlass.plan.controller import tick
from windlass.plan.model import Planned, PlanSettings
from windlass.plan.slice import choose

__all__ = ["PlanSettings", "Planned", "choose", "tick"]
