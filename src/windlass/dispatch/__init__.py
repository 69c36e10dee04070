"""Hand tasks to workers and hear back, under a lease.

Owns: lanes, tasks, leases, attempts, submissions.  Never: judges the work.  Start at: lease.py, then records.py.
"""

from windlass.dispatch.lease import ATTEMPTS_MAX, TTL_S, HeldLease, LeaseLost
from windlass.dispatch.lookups import (
    attempts,
    current_submission,
    lease_of,
    leases,
    messages,
    submission,
    task,
    tasks,
    tasks_of_item,
)  # fmt: skip
from windlass.dispatch.model import (
    TASK,
    AttemptRecord,
    FindingRef,
    Lease,
    Message,
    Outcome,
    Spec,
    Submission,
    Task,
    TaskStatus,
    pin,
)  # fmt: skip
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
    release_node,
    renew,
    requeue,
    say,
    submit,
    sweep,
    unblock,
)  # fmt: skip

__all__ = [
    "ATTEMPTS_MAX", "TASK", "TTL_S", "AttemptRecord", "FindingRef", "HeldLease", "Lease", "LeaseLost", "Message",
    "Outcome", "Spec", "Submission", "Task", "TaskStatus", "add_task", "attempts", "block", "cancel", "claim",
    "complete", "current_submission", "give_up", "hold", "lane_id", "lease_of", "leases", "messages", "pin",
    "reject", "release_node", "renew", "requeue", "say", "submission", "submit", "sweep", "task", "tasks",
    "tasks_of_item", "unblock",
]  # fmt: skip
