"""Hand tasks to workers and hear back, under a lease.

Owns: lanes, tasks, leases, attempts, submissions.  Never: judges the work.  Start at: lease.py, worker.py.
"""

from windlass.dispatch.lease import LeaseLost
from windlass.dispatch.lookups import attempts, current_submission, messages, submission, task, tasks
from windlass.dispatch.model import FindingRef, Lease, Outcome, Spec, Submission, Task, TaskStatus
from windlass.dispatch.records import (
    add_task,
    block,
    cancel,
    claim,
    complete,
    give_up,
    hold,
    lane_id,
    reject,
    renew,
    requeue,
    say,
    submit,
    sweep,
    unblock,
)  # fmt: skip
from windlass.dispatch.runner import RUNNERS, Assignment, Ending, Offer, Runner, RunnerOutcome, RunnerSpec
from windlass.dispatch.site import Folders, Site
from windlass.dispatch.worker import Worked, work_once

__all__ = [
    "RUNNERS", "Assignment", "Ending", "FindingRef", "Folders", "Lease", "LeaseLost", "Offer", "Outcome", "Runner",
    "RunnerOutcome", "RunnerSpec", "Site", "Spec", "Submission", "Task", "TaskStatus", "Worked", "add_task",
    "attempts", "block", "cancel", "claim", "complete", "current_submission", "give_up", "hold", "lane_id",
    "messages", "reject", "renew", "requeue", "say", "submission", "submit", "sweep", "task", "tasks", "unblock",
    "work_once",
]  # fmt: skip
