"""What the bearer of a lease may do, and what becomes of leases that end by themselves.

`now` is the database's clock (`tx.now()`): leases expire by that clock alone.
"""

import json
from collections.abc import Sequence
from typing import Final

from windlass.dispatch.aging import cls_of
from windlass.dispatch.lease import (
    NODE_DEATHS_MAX,
    TTL_S,
    HeldLease,
    LeaseLost,
    after_giving_up,
    after_setback,
)  # fmt: skip
from windlass.dispatch.model import Lease, Outcome, Submission, Task, TaskStatus
from windlass.dispatch.records.moving import (
    NOTE_MAX,
    Move,
    add_message,
    end_attempt,
    end_lease,
    move,
    subject_of,
    task_row,
)  # fmt: skip
from windlass.dispatch.records.reads import task_of
from windlass.dispatch.statements import ATTEMPT, CLAIM, HOLD, LEASE, RENEW, SWEEP
from windlass.events import append
from windlass.kernel import Invalid
from windlass.store import Row, Starter, Transaction

SWEEP_MAX: Final = 500
BEYOND_S: Final = 2 * TTL_S
"""Smaller steps of the clock only move the end of a lease, by less than its life."""

_GIVEN_UP: Final = {TaskStatus.COMPLETED: "task.completed", TaskStatus.BLOCKED: "task.blocked"}


def claim(
    tx: Transaction,
    lanes: Sequence[int],
    worker: str,
    node: str,
    now: float,
    *,
    ttl_s: float = TTL_S,
    threshold: float = 0.0,
) -> tuple[Task, Lease] | None:
    """Take the best ready task of these lanes under a new fence, or None when none is ready."""
    if not lanes:
        return None
    keys = json.dumps(list(lanes)) if tx.lite else "{" + ",".join(map(str, lanes)) + "}"
    row = None
    for reach in (1.0,) if tx.lite else (1.0, 1e9):  # peers may hold every head the short walk reaches
        row = tx.row(
            CLAIM[tx.dialect], lanes=keys, now=now, threshold=cls_of(threshold), reach=reach, worker=worker,
            node=node, expires=now + ttl_s,
        )  # fmt: skip
        if row is not None:
            break
    if row is None:
        return None
    task = task_of(row)
    lease = Lease(task.id, task.fence, worker, node, now + ttl_s)
    if tx.lite:  # PostgreSQL did it in the same statement
        tx.execute(LEASE, id=task.id, fence=task.fence, worker=worker, node=node, expires=lease.expires_at)
        tx.execute(
            ATTEMPT, id=task.id, fence=task.fence, worker=worker, number=task.attempt,
            runner=task.spec.runner, now=now,
        )  # fmt: skip
    append(tx, "task.claimed", now, actor=worker, about=subject_of(row), attempt=task.attempt, node=node)
    return task, lease


def renew(tx: Transaction, lease: Lease, now: float, *, ttl_s: float = TTL_S) -> Lease:
    """Let the lease live `ttl_s` from now; raises LeaseLost when it is not ours any more."""
    expires = now + ttl_s
    if not tx.execute(
        RENEW, id=lease.task_id, fence=lease.fence, worker=lease.worker, now=now, expires=expires
    ):  # fmt: skip
        raise LeaseLost(lease)
    return Lease(lease.task_id, lease.fence, lease.worker, lease.node, expires)


def hold(tx: Transaction, lease: Lease, now: float) -> HeldLease:
    """Lock the lease until the end of this transaction and prove that it is alive; else raise LeaseLost."""
    row = tx.row(HOLD[tx.dialect], id=lease.task_id, fence=lease.fence, worker=lease.worker, now=now)
    if row is None:
        raise LeaseLost(lease)
    return HeldLease(Lease(row["task_id"], row["fence"], row["worker"], row["node"], row["expires_at"]))


def say(tx: Transaction, held: HeldLease, kind: str, content: str, now: float) -> None:
    """Add a worker's message to the talk about its task."""
    add_message(tx, held.lease.task_id, held.lease.fence, ("worker", kind, content), now)


def note_sandbox(tx: Transaction, held: HeldLease, sandbox: str) -> None:
    """Record at which sandbox level this attempt runs."""
    tx.execute(
        "UPDATE wl_attempt SET sandbox = :sandbox WHERE task_id = :id AND fence = :fence",
        sandbox=sandbox, id=held.lease.task_id, fence=held.lease.fence,
    )  # fmt: skip


def submit(tx: Transaction, held: HeldLease, submission: Submission, start: Starter, now: float) -> None:
    """Offer a pinned commit for judgement and start its verification, in this one transaction."""
    lease = held.lease
    if (submission.task_id, submission.fence) != (lease.task_id, lease.fence):
        raise Invalid(f"submission for task {submission.task_id} under a lease of task {lease.task_id}")
    row = task_row(tx, lease.task_id)
    change = Move(
        TaskStatus.REVIEW_NEEDED, "task.submitted", lease.worker, submission.note, outcome=Outcome.SUBMITTED
    )
    end_lease(tx, lease, change, now)
    move(tx, row, (TaskStatus.IN_PROGRESS, lease.fence), change, now)
    tx.execute(
        "INSERT INTO wl_submission (task_id, fence, commit_oid, tree_oid, base_oid, files, lines, sandbox,"
        " note, at)"
        " VALUES (:id, :fence, :commit, :tree, :base, :files, :lines, :sandbox, :note, :now)",
        id=lease.task_id, fence=lease.fence, commit=submission.commit, tree=submission.tree,
        base=submission.base, files=json.dumps(list(submission.files)), lines=submission.lines,
        sandbox=submission.sandbox, note=submission.note[:NOTE_MAX], now=now,
    )  # fmt: skip
    start(tx, "verify", f"verify:{lease.task_id}:{lease.fence}", task=lease.task_id, fence=lease.fence)


def give_up(
    tx: Transaction, held: HeldLease, outcome: Outcome, detail: str, now: float, *, retry: bool
) -> TaskStatus:
    """End an attempt without a submission: nothing to do completes, cannot be done blocks, the rest may
    retry.
    """
    lease = held.lease
    row = task_row(tx, lease.task_id)
    new = after_giving_up(outcome, row["attempt"], row["attempts_max"], retry=retry)
    change = Move(new, _GIVEN_UP.get(new, "task.given-up"), lease.worker, detail, outcome=outcome)
    end_lease(tx, lease, change, now)
    move(tx, row, (TaskStatus.IN_PROGRESS, lease.fence), change, now)
    return new


def release(tx: Transaction, held: HeldLease, reason: str, now: float) -> None:
    """Hand a task back because this node cannot work now (disk full, sandbox gone); costs no attempt at
    first.
    """
    lease = held.lease
    row = task_row(tx, lease.task_id)
    refund = _refund(tx, lease.task_id)
    new = after_setback(row["attempt"] - refund, row["attempts_max"])
    change = Move(new, "task.released", lease.worker, reason, Outcome.NODE_DIED, 1, refund, keep=True)
    end_lease(tx, lease, change, now)
    move(tx, row, (TaskStatus.IN_PROGRESS, lease.fence), change, now)


def sweep(tx: Transaction, now: float, *, limit: int = SWEEP_MAX) -> list[int]:
    """End every lease that expired: the task goes back to the queue, or fails with its third loss.

    A lease that ends more than BEYOND_S from now was given before the clock was set back; it would live as
    long as the clock was wrong, and nobody might be behind it.
    """
    lost = tx.rows(SWEEP[tx.dialect], now=now, beyond=now + BEYOND_S, limit=limit)
    for row in lost:
        _lose(tx, row, Outcome.LOST, now)
    return [int(row["task_id"]) for row in lost]


def release_node(tx: Transaction, node: str, now: float) -> list[int]:
    """End the leases of a node that is known to be dead; up to NODE_DEATHS_MAX per task cost no attempt."""
    lost = tx.rows(
        "DELETE FROM wl_lease WHERE node = :node RETURNING task_id, fence, worker, node", node=node
    )
    for row in sorted(lost, key=lambda lease: int(lease["task_id"])):
        _lose(tx, row, Outcome.NODE_DIED, now)
    return [int(row["task_id"]) for row in lost]


def _lose(tx: Transaction, lease: Row, outcome: Outcome, now: float) -> None:
    row = task_row(tx, lease["task_id"])
    refund = _refund(tx, lease["task_id"]) if outcome is Outcome.NODE_DIED else 0
    new = after_setback(row["attempt"] - refund, row["attempts_max"])
    reason = f"the lease of worker {lease['worker']!r} on node {lease['node']!r} "
    reason += "ended with its node" if outcome is Outcome.NODE_DIED else "expired"
    change = Move(new, "lease.expired", "windlass", reason, outcome=outcome, grow=1, refund=refund, keep=True)
    end_attempt(tx, lease["task_id"], lease["fence"], change, now)
    move(tx, row, (TaskStatus.IN_PROGRESS, lease["fence"]), change, now)


def _refund(tx: Transaction, task_id: int) -> int:
    deaths = tx.scalar(
        "SELECT count(*) FROM wl_attempt WHERE task_id = :id AND outcome = 'node_died'", id=task_id
    )
    return 1 if deaths < NODE_DEATHS_MAX else 0
