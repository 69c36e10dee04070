"""The pure model of a task's life, driven by the recorded events: do they tell one possible story?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from windlass.dispatch import TaskStatus
from windlass.dispatch.model import TASK

S = TaskStatus
ENDS = frozenset({S.COMPLETED, S.FAILED, S.CANCELLED})
GROWS = frozenset({"task.claimed", "lease.expired", "task.released", "task.requeued", "task.cancelled",
                   "task.unblocked"})  # fmt: skip
"""Events after which the fence is one higher than theirs; but a claim has the new one already."""


@dataclass
class Life:
    """What a task should be after its events."""

    status: TaskStatus = S.PENDING
    fence: int = 0
    claims: list[int] = field(default_factory=list)
    submitted: set[int] = field(default_factory=set)
    ends: int = 0


class Impossible(AssertionError):
    """The events contradict the model."""


def lives(events: Iterable[Mapping[str, Any]]) -> dict[int, Life]:
    """Replay events in their order (kind, task, fence, data with `was` and `status`)."""
    known: dict[int, Life] = {}
    for event in events:
        if event["task"] is None or not _moves(event):
            continue
        life = known.setdefault(int(event["task"]), Life())
        _step(life, event)
    return known


def _moves(event: Mapping[str, Any]) -> bool:
    return event["kind"] == "task.claimed" or ("was" in event["data"] and "status" in event["data"])


def _step(life: Life, event: Mapping[str, Any]) -> None:
    kind, fence, data = str(event["kind"]), int(event["fence"]), event["data"]
    told = f"task {event['task']}: {kind} at fence {fence} after {life}"
    if life.status in ENDS:
        raise Impossible(f"something happened after the end; {told}")
    if kind == "task.claimed":
        if life.status is not S.PENDING:
            raise Impossible(f"claimed while {life.status.value}: two leases at once; {told}")
        if fence != life.fence + 1:
            raise Impossible(f"a claim that does not raise the fence by one; {told}")
        life.status, life.fence = S.IN_PROGRESS, fence
        life.claims.append(fence)
        return
    was, new = S(data["was"]), S(data["status"])
    if was is not life.status:
        raise Impossible(f"moved from {was.value}; {told}")
    if fence != life.fence:
        raise Impossible(f"a late word was heard; {told}")
    TASK.check(was, new)
    if kind == "task.submitted":
        if fence in life.submitted:
            raise Impossible(f"two submissions under one fence; {told}")
        life.submitted.add(fence)
    life.status = new
    life.fence += kind in GROWS
    life.ends += new in ENDS
