"""Workers' own ends of their attempts, as few statements for as many ends as possible.

`leases.give_up` is the same for one end that is part of a larger transaction.
"""

import json
from collections.abc import Sequence

from windlass.dispatch.lease import LeaseLost, after_giving_up
from windlass.dispatch.model import TASK, End, TaskStatus
from windlass.dispatch.records.moving import GIVEN_UP, NOTE_MAX
from windlass.dispatch.statements import END, END_ATTEMPT, END_HELD, MET, MET_HERE
from windlass.events import Subject, append
from windlass.kernel import Conflict
from windlass.store import Dialect, Row, Statement, Transaction

Ended = TaskStatus | LeaseLost


def end_lite(tx: Transaction, ends: Sequence[End], now: float) -> list[Ended]:
    """End each attempt whose lease is alive; on SQLite."""
    return [_end_one(tx, end, now) for end in ends]


def end_statements(ends: Sequence[End], now: float | None) -> list[Statement]:
    """The same for PostgreSQL, for `ended` to read; without `now` the server's clock is asked."""
    reasons = [end.detail[:NOTE_MAX] for end in ends]
    again, spent = zip(*(_leads_to(end) for end in ends), strict=True)
    values = {
        "now": now, "ids": [end.lease.task_id for end in ends], "fences": [end.lease.fence for end in ends],
        "workers": [end.lease.worker for end in ends], "outcomes": [end.outcome.value for end in ends],
        "reasons": reasons, "texts": [json.dumps(reason) for reason in reasons],
        "again": [status.value for status in again], "spent": [status.value for status in spent],
    }  # fmt: skip
    first = (END[Dialect.POSTGRESQL], values)
    return [first, (MET_HERE, {"now": now})] if TaskStatus.COMPLETED in again + spent else [first]


def ended(rows: Sequence[Row], ends: Sequence[End]) -> list[Ended]:
    """What PostgreSQL's answer says about each end."""
    known = {row["place"]: TaskStatus(row["status"]) for row in rows}
    return [known.get(place) or LeaseLost(end.lease) for place, end in enumerate(ends, 1)]


def _leads_to(end: End) -> tuple[TaskStatus, TaskStatus]:
    """Where the end leads while attempts are left, and when they are used up."""
    both = tuple(after_giving_up(end.outcome, used, 1, retry=end.retry) for used in (0, 1))
    for status in both:
        TASK.check(TaskStatus.IN_PROGRESS, status)
    return both[0], both[1]


def _end_one(tx: Transaction, end: End, now: float) -> Ended:
    lease, reason = end.lease, end.detail[:NOTE_MAX]
    if not tx.execute(END_HELD, id=lease.task_id, fence=lease.fence, worker=lease.worker, now=now):
        return LeaseLost(lease)
    again, spent = _leads_to(end)
    row = tx.row(
        END[Dialect.SQLITE], id=lease.task_id, fence=lease.fence, again=again.value, spent=spent.value,
        reason=reason, now=now,
    )  # fmt: skip
    if row is None:
        raise Conflict(
            f"task {lease.task_id} is not in progress at fence {lease.fence}", hint="read the task again"
        )
    tx.execute(
        END_ATTEMPT, id=lease.task_id, fence=lease.fence, outcome=end.outcome.value, detail=reason, now=now
    )  # fmt: skip
    status = TaskStatus(row["status"])
    about = Subject(row["repository_id"], row["item_id"], lease.task_id, lease.fence)
    append(
        tx, GIVEN_UP.get(status, "task.given-up"), now, actor=lease.worker, about=about, reason=reason,
        was=TaskStatus.IN_PROGRESS.value, status=status.value,
    )  # fmt: skip
    if status is TaskStatus.FAILED:
        append(tx, "task.failed", now, actor=lease.worker, about=about, reason=reason, severity="critical")
    if status is TaskStatus.COMPLETED:
        tx.execute(MET[tx.dialect], id=lease.task_id, now=now)
    return status
