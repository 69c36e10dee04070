"""Reads about tasks: rows become typed values here and nowhere else. Each function is part of a
transaction.
"""

import json
from collections.abc import Collection, Sequence
from typing import Final

from windlass.dispatch.model import (
    AttemptRecord,
    Lease,
    Message,
    Outcome,
    Review,
    Submission,
    Task,
    TaskStatus,
    parse_spec,
)  # fmt: skip
from windlass.dispatch.statements import TASK_COLUMNS
from windlass.kernel import NotFound
from windlass.store import Row, Transaction

TASKS_MAX: Final = 10_000
"""Rows that one list of tasks may hold."""


def task(tx: Transaction, task_id: int) -> Task:
    row = tx.row(f"SELECT {TASK_COLUMNS} FROM wl_task WHERE id = :id", id=task_id)  # noqa: S608
    if row is None:
        raise NotFound(f"no task {task_id}", hint="`windlass task list` shows the tasks")
    return task_of(row)


def tasks(tx: Transaction, repository_id: int, statuses: Sequence[TaskStatus] = ()) -> list[Task]:
    """Tasks of a repository in these statuses (all, when none is named), oldest first, at most TASKS_MAX."""
    wanted = "".join(f",{status.value}" for status in statuses) + ","
    rows = tx.rows(
        f"SELECT {TASK_COLUMNS} FROM wl_task WHERE repository_id = :repository"  # noqa: S608
        " AND (:wanted = ',' OR :wanted LIKE '%,' || status || ',%') ORDER BY id LIMIT :limit",
        repository=repository_id, wanted=wanted, limit=TASKS_MAX,
    )  # fmt: skip
    return [task_of(row) for row in rows]


def tasks_of_item(tx: Transaction, item_id: int) -> list[Task]:
    """Every task that was ever filed for an item, oldest first."""
    rows = tx.rows(
        f"SELECT {TASK_COLUMNS} FROM wl_task WHERE item_id = :item ORDER BY id",  # noqa: S608
        item=item_id,
    )
    return [task_of(row) for row in rows]


def lease_of(tx: Transaction, task_id: int) -> Lease | None:
    """The lease on record, expired or not; None when nobody holds the task."""
    row = tx.row(
        "SELECT task_id, fence, worker, node, expires_at FROM wl_lease WHERE task_id = :id", id=task_id
    )
    return None if row is None else lease_row(row)


def leases(tx: Transaction) -> list[Lease]:
    """Every lease on record."""
    rows = tx.rows("SELECT task_id, fence, worker, node, expires_at FROM wl_lease ORDER BY task_id")
    return [lease_row(row) for row in rows]


def submission(tx: Transaction, task_id: int, fence: int) -> Submission:
    row = tx.row(
        "SELECT task_id, fence, commit_oid, tree_oid, base_oid, files, lines, sandbox, note, evidence,"
        " checked FROM wl_submission"
        " WHERE task_id = :id AND fence = :fence",
        id=task_id, fence=fence,
    )  # fmt: skip
    if row is None:
        raise NotFound(f"task {task_id} has no submission under fence {fence}")
    return Submission(
        task_id=row["task_id"], fence=row["fence"], commit=row["commit_oid"], tree=row["tree_oid"],
        base=row["base_oid"], files=tuple(json.loads(row["files"])), lines=row["lines"],
        sandbox=row["sandbox"], note=row["note"], evidence=row["evidence"], checked=row["checked"],
    )  # fmt: skip


def current_submission(tx: Transaction, task_id: int) -> Submission | None:
    """The submission under the task's own fence while it is judged or accepted; else None."""
    found = task(tx, task_id)
    if found.status not in (TaskStatus.REVIEW_NEEDED, TaskStatus.COMPLETED, TaskStatus.BLOCKED):
        return None
    known = tx.scalar(
        "SELECT fence FROM wl_submission WHERE task_id = :id AND fence = :fence",
        id=task_id,
        fence=found.fence,
    )
    return None if known is None else submission(tx, task_id, found.fence)


def messages(tx: Transaction, task_id: int) -> list[Message]:
    rows = tx.rows(
        "SELECT seq, fence, role, kind, content, at FROM wl_message WHERE task_id = :id ORDER BY seq",
        id=task_id,
    )
    return [Message(r["seq"], r["fence"], r["role"], r["kind"], r["content"], r["at"]) for r in rows]


def attempts(tx: Transaction, task_id: int) -> list[AttemptRecord]:
    rows = tx.rows(
        "SELECT task_id, fence, number, worker, runner, sandbox, started_at, finished_at, outcome, detail"
        " FROM wl_attempt WHERE task_id = :id ORDER BY fence",
        id=task_id,
    )
    return [
        AttemptRecord(
            task_id=row["task_id"], fence=row["fence"], number=row["number"], worker=row["worker"],
            runner=row["runner"], sandbox=row["sandbox"], started_at=row["started_at"],
            finished_at=row["finished_at"],
            outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
            detail=row["detail"],
        )
        for row in rows
    ]  # fmt: skip


def lease_row(row: Row) -> Lease:
    return Lease(row["task_id"], row["fence"], row["worker"], row["node"], row["expires_at"])


def task_of(row: Row) -> Task:
    return Task(
        id=row["id"], repository_id=row["repository_id"], item_id=row["item_id"], lane=row["lane"],
        kind=row["kind"], title=row["title"], status=TaskStatus(row["status"]), cls=row["cls"],
        ready_at=row["ready_at"], unmet=row["unmet"], attempt=row["attempt"],
        attempts_max=row["attempts_max"], fence=row["fence"], base=row["base_oid"],
        spec=parse_spec(row["spec"]), note=row["note"], created_at=row["created_at"],
        updated_at=row["updated_at"], parent=row["parent_id"], root=row["root_id"], role=row["role"],
        review=Review(row["review"]), risk=row["risk"], rejections=row["rejections"],
    )  # fmt: skip


def submitted(tx: Transaction, task_id: int, fence: int) -> bool:
    """Whether there is a submission under this fence."""
    found = tx.scalar(
        "SELECT 1 FROM wl_submission WHERE task_id = :id AND fence = :fence", id=task_id, fence=fence
    )
    return found is not None


def silent_nodes(tx: Transaction, nodes: Collection[str], before: float) -> set[str]:
    """Those nodes that are on record and have not been heard since `before`; an unknown node is not dead."""
    rows = tx.rows("SELECT id, state FROM wl_node WHERE beat < :before OR state = 'dead'", before=before)
    return {str(row["id"]) for row in rows} & set(nodes)
