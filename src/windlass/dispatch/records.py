"""Tasks and leases in the database. Each function is part of one transaction of its caller.

Every write names (id, status, fence) in its WHERE. Locks are taken lease first, then task, then dependents in
the order of their ids. `now` is the database's clock (`tx.now()`): leases expire by that clock alone.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from windlass.dispatch.aging import cls_of
from windlass.dispatch.lease import (
    ATTEMPTS_MAX,
    NODE_DEATHS_MAX,
    TTL_S,
    HeldLease,
    LeaseLost,
    after_giving_up,
    after_setback,
)  # fmt: skip
from windlass.dispatch.lookups import task_of
from windlass.dispatch.model import TASK, Lease, Outcome, Spec, Submission, Task, TaskStatus
from windlass.dispatch.statements import (
    ATTEMPT,
    CLAIM,
    END_ATTEMPT,
    HOLD,
    LEASE,
    MET,
    MOVE,
    RENEW,
    SWEEP,
    TASK_COLUMNS,
    WAITING,
)  # fmt: skip
from windlass.events import Subject, append
from windlass.kernel import Conflict, Invalid, NotFound
from windlass.store import Row, Starter, Transaction

NOTE_MAX: Final = 4_000
"""Characters of a reason or note that are kept."""
MESSAGE_MAX: Final = 65_536
SWEEP_MAX: Final = 500
RACES_MAX: Final = 8
"""How often an operator's action looks again when the task moved under it."""


def lane_id(tx: Transaction, repository_id: int, name: str) -> int:
    """The number of a lane: one queue per repository and runner."""
    found = tx.scalar(_LANE, repository=repository_id, name=name)
    if found is None:
        tx.execute(
            "INSERT INTO wl_lane (repository_id, name) VALUES (:repository, :name) ON CONFLICT DO NOTHING",
            repository=repository_id, name=name,
        )  # fmt: skip
        found = tx.scalar(_LANE, repository=repository_id, name=name)
    return int(found)


_LANE: Final = "SELECT id FROM wl_lane WHERE repository_id = :repository AND name = :name"


def add_task(
    tx: Transaction,
    *,
    repository_id: int,
    item_id: int | None,
    lane: int,
    kind: str,
    title: str,
    spec: Spec,
    wsjf: float,
    base: str,
    now: float,
    needs: Sequence[int] = (),
    attempts_max: int = ATTEMPTS_MAX,
) -> int:
    """File a task; it can be claimed when every task in `needs` is completed. Returns its id."""
    if attempts_max < 1 or wsjf < 0:
        raise Invalid(f"a task needs attempts_max >= 1 and wsjf >= 0, not {attempts_max} and {wsjf}")
    parents = sorted(set(needs))
    unmet = sum(_status_locked(tx, parent) is not TaskStatus.COMPLETED for parent in parents)
    task_id = int(
        tx.scalar(
            "INSERT INTO wl_task (repository_id, item_id, lane, kind, title, status, cls, ready_at, unmet,"
            " attempts_max, base_oid, spec, created_at, updated_at) VALUES (:repository, :item, :lane, :kind,"
            " :title, 'pending', :cls, :now, :unmet, :attempts_max, :base, :spec, :now, :now) RETURNING id",
            repository=repository_id, item=item_id, lane=lane, kind=kind, title=title, cls=cls_of(wsjf), now=now,
            unmet=unmet, attempts_max=attempts_max, base=base, spec=spec.dump(),
        )
    )  # fmt: skip
    for parent in parents:
        tx.execute("INSERT INTO wl_dep (task_id, dep_id) VALUES (:task, :dep)", task=task_id, dep=parent)
    about = Subject(repository=repository_id, item=item_id, task=task_id, fence=0)
    append(tx, "task.filed", now, about=about, title=title[:NOTE_MAX], runner=spec.runner, needs=parents)
    return task_id


def _status_locked(tx: Transaction, task_id: int) -> TaskStatus:
    """Parents stay locked in the order of ids: a completion either sees our edge or we see it completed."""
    lock = "" if tx.lite else " FOR SHARE"
    status = tx.scalar(f"SELECT status FROM wl_task WHERE id = :id{lock}", id=task_id)  # noqa: S608
    if status is None:
        raise NotFound(f"no task {task_id} to depend on")
    return TaskStatus(status)


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
        row = tx.row(CLAIM[tx.dialect], lanes=keys, now=now, threshold=cls_of(threshold), reach=reach)
        if row is not None:
            break
    if row is None:
        return None
    task = task_of(row)
    lease = Lease(task.id, task.fence, worker, node, now + ttl_s)
    tx.execute(LEASE, id=task.id, fence=task.fence, worker=worker, node=node, expires=lease.expires_at)
    tx.execute(
        ATTEMPT,
        id=task.id,
        fence=task.fence,
        number=task.attempt,
        worker=worker,
        runner=task.spec.runner,
        now=now,
    )
    append(tx, "task.claimed", now, actor=worker, about=_subject(row), attempt=task.attempt, node=node)
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
    _message(tx, held.lease.task_id, held.lease.fence, ("worker", kind, content), now)


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
    row = _row(tx, lease.task_id)
    move = _Move(
        TaskStatus.REVIEW_NEEDED, "task.submitted", lease.worker, submission.note, outcome=Outcome.SUBMITTED
    )
    _end_lease(tx, lease, move, now)
    _move(tx, row, (TaskStatus.IN_PROGRESS, lease.fence), move, now)
    tx.execute(
        "INSERT INTO wl_submission (task_id, fence, commit_oid, tree_oid, base_oid, files, lines, sandbox, note, at)"
        " VALUES (:id, :fence, :commit, :tree, :base, :files, :lines, :sandbox, :note, :now)",
        id=lease.task_id, fence=lease.fence, commit=submission.commit, tree=submission.tree, base=submission.base,
        files=json.dumps(list(submission.files)), lines=submission.lines, sandbox=submission.sandbox,
        note=submission.note[:NOTE_MAX], now=now,
    )  # fmt: skip
    start(tx, "verify", f"verify:{lease.task_id}:{lease.fence}", task=lease.task_id, fence=lease.fence)


def give_up(
    tx: Transaction, held: HeldLease, outcome: Outcome, detail: str, now: float, *, retry: bool
) -> TaskStatus:
    """End an attempt without a submission: nothing to do completes, cannot be done blocks, the rest may
    retry.
    """
    lease = held.lease
    row = _row(tx, lease.task_id)
    new = after_giving_up(outcome, row["attempt"], row["attempts_max"], retry=retry)
    move = _Move(new, "task.given-up", lease.worker, detail, outcome=outcome)
    _end_lease(tx, lease, move, now)
    _move(tx, row, (TaskStatus.IN_PROGRESS, lease.fence), move, now)
    return new


def sweep(tx: Transaction, now: float, *, limit: int = SWEEP_MAX) -> list[int]:
    """End every lease that expired: the task goes back to the queue, or fails with its third loss."""
    lost = tx.rows(SWEEP[tx.dialect], now=now, limit=limit)
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
    row = _row(tx, lease["task_id"])
    refund = _refund(tx, lease["task_id"]) if outcome is Outcome.NODE_DIED else 0
    new = after_setback(row["attempt"] - refund, row["attempts_max"])
    reason = f"the lease of worker {lease['worker']!r} on node {lease['node']!r} "
    reason += "ended with its node" if outcome is Outcome.NODE_DIED else "expired"
    move = _Move(new, "lease.expired", "windlass", reason, outcome=outcome, grow=1, refund=refund, keep=True)
    _end_attempt(tx, lease["task_id"], lease["fence"], move, now)
    _move(tx, row, (TaskStatus.IN_PROGRESS, lease["fence"]), move, now)


def reject(tx: Transaction, task_id: int, fence: int, reason: str, now: float) -> TaskStatus:
    """Refuse a submission: back to the queue with the reason, or failed when the attempts are used up."""
    row = _row(tx, task_id)
    new = after_setback(row["attempt"], row["attempts_max"])
    move = _Move(new, "task.rejected", "windlass", reason)
    _move(tx, row, (TaskStatus.REVIEW_NEEDED, fence), move, now)
    _message(tx, task_id, fence, ("windlass", "rejection", reason), now)
    return new


def complete(tx: Transaction, task_id: int, fence: int, now: float) -> None:
    """Accept a submission; tasks that waited for this one come closer to ready."""
    move = _Move(TaskStatus.COMPLETED, "task.completed", "windlass", "")
    _move(tx, _row(tx, task_id), (TaskStatus.REVIEW_NEEDED, fence), move, now)


def block(tx: Transaction, task_id: int, fence: int, reason: str, now: float) -> None:
    """Set a submission aside until a person unblocks its task."""
    move = _Move(TaskStatus.BLOCKED, "task.blocked", "windlass", reason)
    _move(tx, _row(tx, task_id), (TaskStatus.REVIEW_NEEDED, fence), move, now)


def cancel(tx: Transaction, task_id: int, actor: str, reason: str, now: float) -> None:
    """End a task for good, whoever works on it; its worker can change nothing any more."""
    _overrule(
        tx, task_id, _Move(TaskStatus.CANCELLED, "task.cancelled", actor, reason, Outcome.CANCELLED, 1), now
    )


def requeue(tx: Transaction, task_id: int, actor: str, reason: str, now: float) -> None:
    """Take a task from its worker or reviewer and put it back into the queue under a new fence."""
    _overrule(
        tx, task_id, _Move(TaskStatus.PENDING, "task.requeued", actor, reason, Outcome.REQUEUED, 1), now
    )


def unblock(tx: Transaction, task_id: int, actor: str, reason: str, now: float) -> None:
    """Put a blocked task back into the queue under a new fence."""
    move = _Move(TaskStatus.PENDING, "task.unblocked", actor, reason, Outcome.REQUEUED, 1)
    row = _row(tx, task_id)
    _move(tx, row, (TaskStatus.BLOCKED, row["fence"]), move, now)


@dataclass(frozen=True, slots=True)
class _Move:
    """A change of status: where to, why, by whom, and what it does to fence, attempts and note."""

    new: TaskStatus
    event: str
    actor: str
    reason: str
    outcome: Outcome | None = None
    grow: int = 0
    refund: int = 0
    keep: bool = False
    """Keep the note: a lost lease must not hide why the last submission was rejected."""


def _overrule(tx: Transaction, task_id: int, move: _Move, now: float) -> None:
    """An operator's move from whatever state the task is in, lease locked before task."""
    lock = "" if tx.lite else " FOR UPDATE"
    for _ in range(RACES_MAX):
        lease = tx.row(f"SELECT fence FROM wl_lease WHERE task_id = :id{lock}", id=task_id)  # noqa: S608
        row = _row(tx, task_id)
        old = TaskStatus(row["status"])
        TASK.check(old, move.new)
        leased = old is TaskStatus.IN_PROGRESS
        if leased != (lease is not None) or not _moved(tx, row, (old, row["fence"]), move, now):
            continue  # it moved between two statements; look again
        if leased:
            tx.execute(
                "DELETE FROM wl_lease WHERE task_id = :id AND fence = :fence", id=task_id, fence=row["fence"]
            )
            _end_attempt(tx, task_id, row["fence"], move, now)
        return
    raise Conflict(f"task {task_id} keeps moving", hint="try again")


def _move(tx: Transaction, row: Row, expected: tuple[TaskStatus, int], move: _Move, now: float) -> None:
    status, fence = expected
    TASK.check(status, move.new)
    if not _moved(tx, row, expected, move, now):
        found = _row(tx, row["id"])
        raise Conflict(
            f"task {row['id']} is {found['status']} at fence {found['fence']},"
            f" not {status.value} at fence {fence}",
            hint="read the task again and decide anew",
        )


def _moved(tx: Transaction, row: Row, expected: tuple[TaskStatus, int], move: _Move, now: float) -> bool:
    """Change the row if it is still (id, status, fence), with its events and its dependents; say if it
    was.
    """
    status, fence = expected
    reason = move.reason[:NOTE_MAX]
    changed = tx.execute(
        MOVE, new=move.new.value, grow=move.grow, refund=move.refund, id=row["id"], old=status.value, fence=fence,
        note=row["note"] if move.keep or not reason else reason, now=now,
    )  # fmt: skip
    if not changed:
        return False
    about = Subject(row["repository_id"], row["item_id"], row["id"], fence)
    append(
        tx,
        move.event,
        now,
        actor=move.actor,
        about=about,
        reason=reason,
        was=status.value,
        status=move.new.value,
    )
    if move.new is TaskStatus.FAILED:
        append(tx, "task.failed", now, actor=move.actor, about=about, reason=reason, severity="critical")
    if move.new is TaskStatus.COMPLETED:
        if not tx.lite:
            tx.rows(WAITING, id=row["id"])
        tx.execute(MET, id=row["id"], now=now)
    return True


def _end_lease(tx: Transaction, lease: Lease, move: _Move, now: float) -> None:
    tx.execute(
        "DELETE FROM wl_lease WHERE task_id = :id AND fence = :fence", id=lease.task_id, fence=lease.fence
    )
    _end_attempt(tx, lease.task_id, lease.fence, move, now)


def _end_attempt(tx: Transaction, task_id: int, fence: int, move: _Move, now: float) -> None:
    outcome = None if move.outcome is None else move.outcome.value
    tx.execute(END_ATTEMPT, id=task_id, fence=fence, outcome=outcome, detail=move.reason[:NOTE_MAX], now=now)


def _message(tx: Transaction, task_id: int, fence: int, words: tuple[str, str, str], now: float) -> None:
    role, kind, content = words
    if len(content) > MESSAGE_MAX:
        content = content[:MESSAGE_MAX] + " … (cut)"
    tx.execute(
        "INSERT INTO wl_message (task_id, seq, fence, role, kind, content, at)"
        " SELECT :id, COALESCE(MAX(seq), 0) + 1, :fence, :role, :kind, :content, :now"
        " FROM wl_message WHERE task_id = :id",
        id=task_id, fence=fence, role=role, kind=kind, content=content, now=now,
    )  # fmt: skip


def _row(tx: Transaction, task_id: int) -> Row:
    row = tx.row(f"SELECT {TASK_COLUMNS} FROM wl_task WHERE id = :id", id=task_id)  # noqa: S608
    if row is None:
        raise NotFound(f"no task {task_id}", hint="`windlass task list` shows the tasks")
    return row


def _subject(row: Row) -> Subject:
    return Subject(row["repository_id"], row["item_id"], row["id"], row["fence"])


def release(tx: Transaction, held: HeldLease, reason: str, now: float) -> None:
    """Hand a task back because this node cannot work now (disk full, sandbox gone); costs no attempt at
    first.
    """
    lease = held.lease
    row = _row(tx, lease.task_id)
    refund = _refund(tx, lease.task_id)
    new = after_setback(row["attempt"] - refund, row["attempts_max"])
    move = _Move(new, "task.released", lease.worker, reason, Outcome.NODE_DIED, 1, refund, keep=True)
    _end_lease(tx, lease, move, now)
    _move(tx, row, (TaskStatus.IN_PROGRESS, lease.fence), move, now)


def _refund(tx: Transaction, task_id: int) -> int:
    deaths = tx.scalar(
        "SELECT count(*) FROM wl_attempt WHERE task_id = :id AND outcome = 'node_died'", id=task_id
    )
    return 1 if deaths < NODE_DEATHS_MAX else 0
