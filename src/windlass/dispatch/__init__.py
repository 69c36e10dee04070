"""Hand tasks to workers and hear back, under a lease.

Owns: lanes, tasks, leases, attempts, submissions.  Never: judges the work.  Start at: lease.py, worker.py.
"""

import importlib
from typing import TYPE_CHECKING, Any

from windlass.dispatch import box, packs, snapshots, tries
from windlass.dispatch.controller import tick
from windlass.dispatch.employer import Job, Made, Refusal
from windlass.dispatch.intake import take_in
from windlass.dispatch.lease import LeaseLost
from windlass.dispatch.local import start_of
from windlass.dispatch.model import (
    AttemptRecord,
    FindingRef,
    Lease,
    Outcome,
    Place,
    Review,
    Spec,
    Submission,
    Task,
    TaskStatus,
)
from windlass.dispatch.records import (
    add_task,
    attempts,
    budgets,
    chain,
    claim,
    give_up,
    grounds,
    hold,
    lane_id,
    lanes,
    lease_of,
    matches,
    messages,
    release,
    release_node,
    renew,
    roster,
    submission,
    submit,
    sweep,
    talk,
    task,
    tasks,
    verdicts,
)
from windlass.dispatch.recovery import recover
from windlass.dispatch.runner import RUNNERS, Assignment, Ending, Offer, Runner, RunnerOutcome, RunnerSpec
from windlass.dispatch.site import Folders, Site
from windlass.dispatch.staffing import staff
from windlass.dispatch.worker import Bench, Worked, work, work_once

if TYPE_CHECKING:
    from windlass.dispatch.match import match_up

__all__ = [
    "RUNNERS",
    "Assignment",
    "AttemptRecord",
    "Bench",
    "Ending",
    "FindingRef",
    "Folders",
    "Job",
    "Lease",
    "LeaseLost",
    "Made",
    "Offer",
    "Outcome",
    "Place",
    "Refusal",
    "Review",
    "Runner",
    "RunnerOutcome",
    "RunnerSpec",
    "Site",
    "Spec",
    "Submission",
    "Task",
    "TaskStatus",
    "Worked",
    "add_task",
    "attempts",
    "box",
    "budgets",
    "chain",
    "claim",
    "give_up",
    "grounds",
    "hold",
    "lane_id",
    "lanes",
    "lease_of",
    "match_up",
    "matches",
    "messages",
    "packs",
    "recover",
    "release",
    "release_node",
    "renew",
    "roster",
    "snapshots",
    "staff",
    "start_of",
    "submission",
    "submit",
    "sweep",
    "take_in",
    "talk",
    "task",
    "tasks",
    "tick",
    "tries",
    "verdicts",
    "work",
    "work_once",
]


def __getattr__(name: str) -> Any:
    """What needs scipy loads with its first use: that takes a second, which no short command should pay."""
    if name != "match_up":
        raise AttributeError(f"windlass.dispatch has no {name!r}")
    return importlib.import_module("windlass.dispatch.match").match_up
