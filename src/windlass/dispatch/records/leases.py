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
from windlass.dispatch.model import Lease, Outcome, Post, Submission, Task, TaskStatus
from windlass.dispatch.records.moving import (
    GIVEN_UP,
    NOTE_MAX,
    Move,
    end_attempt,
    end_lease,
    lapse,
    move,
    subject_of,
    task_row,
)  # fmt: skip
from windlass.dispatch.records.reads import task_of
from windlass.dispatch.statements import ATTEMPT, CLAIM, HOLD, LEASE, RENEW, SWEEP
from windlass.events import append
from windlass.kernel import Invalid
from windlass.store import Dialect, Row, Starter, Statement, Transaction

SWEEP_MAX: Final = 500
BEYOND_S: Final = 2 * TTL_S
"""Smaller steps of the clock only move the end of a lease, by less than its life."""

REACHES: Final = (1.0, 1e9)
"""How far a claim looks: peers may hold every task that the short walk reaches, so PostgreSQL looks twice."""


def claim_many(tx: Transaction, post: Post, workers: Sequence[str], now: float) -> list[tuple[Task, Lease]]:
    """Take the best ready tasks, the best for the first worker; fewer than workers when no more are ready."""
    if not post.lanes or not workers:
        return []
    if tx.lite:
        taken = (_claim_lite(tx, post, worker, now) for worker in workers)
        return [each for each in taken if each is not None]
    found: list[tuple[Task, Lease]] = []
    for reach in REACHES:
        if len(found) < len(workers):
            sql, values = claim_statement(post, workers[len(found) :], now, reach)
            found += [claimed(row, post) for row in tx.rows(sql, **values)]
    return found


def claim_statement(post: Post, workers: Sequence[str], now: float | None, reach: float) -> Statement:
    """PostgreSQL's claim for as many workers; without `now` the server's clock is asked."""
    return CLAIM[Dialect.POSTGRESQL], {
        "lanes": list(post.lanes), "now": now, "threshold": cls_of(post.threshold), "reach": reach,
        "workers": list(workers), "node": post.node, "node_json": json.dumps(post.node), "ttl": post.ttl_s,
        "sandbox": post.sandbox,
    }  # fmt: skip


def claimed(row: Row, post: Post) -> tuple[Task, Lease]:
    """What one row of PostgreSQL's claim says."""
    return task_of(row), Lease(row["id"], row["fence"], row["worker"], post.node, row["expires_at"])


def _claim_lite(tx: Transaction, post: Post, worker: str, now: float) -> tuple[Task, Lease] | None:
    row = tx.row(
        CLAIM[Dialect.SQLITE], lanes=json.dumps(post.lanes), now=now, threshold=cls_of(post.threshold),
        reach=REACHES[0],
    )  # fmt: skip
    return None if row is None else taken(tx, row, post, worker, now)


def taken(tx: Transaction, row: Row, post: Post, worker: str, now: float) -> tuple[Task, Lease]:
    """Write lease, attempt and event of a task that was claimed alone."""
    task = task_of(row)
    lease = Lease(task.id, task.fence, worker, post.node, now + post.ttl_s)
    tx.execute(LEASE, id=task.id, fence=task.fence, worker=worker, node=post.node, expires=lease.expires_at)
    tx.execute(
        ATTEMPT, id=task.id, fence=task.fence, worker=worker, number=task.attempt, runner=task.spec.runner,
        sandbox=post.sandbox, now=now,
    )  # fmt: skip
    append(
        tx, "task.claimed", now, actor=worker, about=subject_of(row), attempt=task.attempt, node=post.node
    )  # fmt: skip
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
        " note, evidence, checked, at)"
        " VALUES (:id, :fence, :commit, :tree, :base, :files, :lines, :sandbox, :note, :evidence, :checked,"
        " :now)",
        id=lease.task_id, fence=lease.fence, commit=submission.commit, tree=submission.tree,
        base=submission.base, files=json.dumps(list(submission.files)), lines=submission.lines,
        sandbox=submission.sandbox, note=submission.note[:NOTE_MAX], evidence=submission.evidence,
        checked=submission.checked, now=now,
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
    change = Move(new, GIVEN_UP.get(new, "task.given-up"), lease.worker, detail, outcome=outcome)
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

    A task that waits for an answer stays blocked; whoever asked is late, and no attempt is counted.

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
        "DELETE FROM wl_lease WHERE node = :node RETURNING task_id, fence, worker, node, expires_at",
        node=node,
    )
    for row in sorted(lost, key=lambda lease: int(lease["task_id"])):
        _lose(tx, row, Outcome.NODE_DIED, now)
    return [int(row["task_id"]) for row in lost]


def _lose(tx: Transaction, lease: Row, outcome: Outcome, now: float) -> None:
    row = task_row(tx, lease["task_id"])
    if row["status"] == TaskStatus.BLOCKED.value:
        lapse(tx, row, lease, outcome, now)
        return
    refund = _refund(tx, lease["task_id"]) if outcome is Outcome.NODE_DIED else 0
    new = after_setback(row["attempt"] - refund, row["attempts_max"])
    reason = f"the lease of worker {lease['worker']!r} on node {lease['node']!r} "
    reason += "ended with its node" if outcome is Outcome.NODE_DIED else "expired"
    change = Move(new, "lease.expired", "windlass", reason, outcome=outcome, grow=1, refund=refund, keep=True)
    # Nobody worked after its end, however much later that is seen: machine time is counted by this.
    end_attempt(tx, lease["task_id"], lease["fence"], change, min(now, lease["expires_at"]))
    move(tx, row, (TaskStatus.IN_PROGRESS, lease["fence"]), change, now)


def _refund(tx: Transaction, task_id: int) -> int:
    deaths = tx.scalar(
        "SELECT count(*) FROM wl_attempt WHERE task_id = :id AND outcome = 'node_died'", id=task_id
    )
    return 1 if deaths < NODE_DEATHS_MAX else 0
