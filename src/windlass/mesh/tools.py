"""The fourteen tools in their order: seven for workers, three for the brain, four for admins. Data alone."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from windlass.mesh.model import Group, Tool

_W, _B, _A = Group.WORKER, Group.BRAIN, Group.ADMIN

_LISTED: Final = (
    Tool(
        "claim_task", _W, "Claim a task",
        "Take the best ready task of these lanes under a lease that must be renewed.", "task.claim",
    ),
    Tool(
        "renew_lease", _W, "Renew the lease",
        "Keep the lease alive; do it at least every `renew_every_s` seconds.", "task.work",
    ),
    Tool(
        "ask_clarification", _W, "Ask for clarification",
        "Block the task on a question, or veto an instruction with a counter-proposal; the lease stays.",
        "task.work",
    ),
    Tool(
        "check_task_status", _W, "Check the task",
        "Say where the task stands, whether the lease is alive, and what was answered.", "read",
        read_only=True,
    ),
    Tool(
        "submit_for_review", _W, "Submit for review",
        "Offer a commit, or as a guardian a verdict, for review; ends the lease.", "task.work",
    ),
    Tool(
        "submit_for_review_with_evidence", _W, "Submit for review with evidence",
        "Offer a commit with proof, which windlass runs again and compares; ends the lease.", "task.work",
    ),
    Tool(
        "get_task_history", _W, "Read the task's history",
        "Messages, events and attempts of a task, oldest first.", "read", read_only=True,
    ),
    Tool(
        "respond_to_blocker", _B, "Answer a blocked worker",
        "Answer the question a task is blocked on; its worker goes on by itself.", "task.answer",
    ),
    Tool(
        "approve_work", _B, "Approve work",
        "Approve exactly this commit; the next guardian starts, or the chain lands.", "task.approve",
    ),
    Tool(
        "reject_work", _B, "Reject work",
        "Send a submission back with the reason; the third time fails the task.", "task.reject",
        destructive=True,
    ),
    Tool(
        "requeue_task", _A, "Requeue a task",
        "Take a task from whoever has it and offer it again under a new fence.", "task.requeue",
        destructive=True,
    ),
    Tool(
        "force_unblock", _A, "Force a task free",
        "Put a blocked task back into the queue without an answer.", "task.unblock", destructive=True,
    ),
    Tool(
        "cancel_task", _A, "Cancel a task",
        "End a task for good; whoever works on it can change nothing more.", "task.cancel",
        destructive=True,
    ),
    Tool(
        "sweep_stale_leases", _A, "Sweep stale leases",
        "End every lease that has expired; the third loss fails the task.", "task.sweep", destructive=True,
    ),
)  # fmt: skip

TOOLS: Final[Mapping[str, Tool]] = MappingProxyType({tool.name: tool for tool in _LISTED})
