"""The lease rule: who may act on a task, and what a lost lease, a rejection or giving up leads to. Pure."""

from dataclasses import dataclass
from typing import Final

from windlass.dispatch.model import Lease, Outcome, TaskStatus
from windlass.kernel import Conflict

TTL_S: Final = 300.0
"""Seconds a lease lives without renewal."""

RENEW_EVERY_S: Final = 100.0
"""Seconds between renewals: two may fail before the lease is lost."""

ATTEMPTS_MAX: Final = 3
"""The third lost lease, rejection or broken run fails the task."""

NODE_DEATHS_MAX: Final = 10
"""A dead node is not the task's fault, so it costs no attempt; but only this often per task."""


class LeaseLost(Conflict):
    """Somebody else decides about this task now."""

    def __init__(self, lease: Lease) -> None:
        super().__init__(
            f"worker {lease.worker!r} no longer holds task {lease.task_id} (fence {lease.fence})",
            hint="stop this work; claim a new task",
        )


@dataclass(frozen=True, slots=True)
class HeldLease:
    """Proof that the lease was alive in this transaction and is locked until its end. Only `hold` makes
    one.
    """

    lease: Lease


def may_act(lease: Lease, current: Lease | None, now: float) -> bool:
    """Whether the bearer of `lease` may act at `now`, `current` being the lease that is on record."""
    if current is None or current.fence != lease.fence or current.worker != lease.worker:
        return False
    return now < current.expires_at


def after_setback(attempt: int, attempts_max: int) -> TaskStatus:
    """Where a lost lease, a rejection or a broken run leads: back to the queue, or the end."""
    return TaskStatus.FAILED if attempt >= attempts_max else TaskStatus.PENDING


def after_giving_up(outcome: Outcome, attempt: int, attempts_max: int, *, retry: bool) -> TaskStatus:
    """Where a worker's own word leads: nothing to do completes, cannot be done waits for a person."""
    if outcome is Outcome.NOTHING:
        return TaskStatus.COMPLETED
    if outcome is Outcome.CANNOT:
        return TaskStatus.BLOCKED
    return after_setback(attempt, attempts_max) if retry else TaskStatus.FAILED
