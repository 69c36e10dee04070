"""POST /v1/tools/…: the fourteen tools. The mesh does everything; a claim waits here, without a thread."""

from collections.abc import Mapping
from typing import Any, Final

from windlass.web.bind import Handler
from windlass.web.call import Call
from windlass.web.queueing import Queue

NAMES: Final[Mapping[str, str]] = {
    "renewLease": "renew_lease",
    "askClarification": "ask_clarification",
    "checkTaskStatus": "check_task_status",
    "submitForReview": "submit_for_review",
    "submitForReviewWithEvidence": "submit_for_review_with_evidence",
    "getTaskHistory": "get_task_history",
    "respondToBlocker": "respond_to_blocker",
    "approveWork": "approve_work",
    "rejectWork": "reject_work",
    "requeueTask": "requeue_task",
    "forceUnblock": "force_unblock",
    "cancelTask": "cancel_task",
    "sweepStaleLeases": "sweep_stale_leases",
}


def handlers(queue: Queue) -> dict[str, Handler]:
    """The tools by their operations; `queue` is where claims wait."""

    async def claim(call: Call, body: Mapping[str, object]) -> object:
        wait_s = body.get("wait_s", 0)
        assert isinstance(wait_s, int | float)
        asked = {**body, "wait_s": 0}
        return await queue.take(lambda: call.tool("claim_task", asked), float(wait_s))

    return {"claimTask": claim} | {operation: _tool(name) for operation, name in NAMES.items()}


def _tool(name: str) -> Handler:
    def call_it(call: Call, body: Mapping[str, object]) -> Any:
        return call.tool(name, body)

    return call_it
