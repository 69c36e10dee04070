"""Bring a verified submission onto the user's branch, or offer it: the tested tree, once, or not at all.

Owns: landings, the branch's slot, proposals.  Never: trusts a branch name.  Start at: controller.py.
"""

from windlass.land import line, provenance, revert
from windlass.land.controller import enqueue, run, tick
from windlass.land.model import Landing, LandingState, Mode
from windlass.land.publish import update_command
from windlass.land.records import landing, landings

__all__ = [
    "Landing", "LandingState", "Mode", "enqueue", "landing", "landings", "line", "provenance", "revert",
    "run", "tick", "update_command",
]  # fmt: skip
