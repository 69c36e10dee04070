"""What lists show, read page by page: one statement for each page, however many tables it takes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from windlass.dispatch import grounds
from windlass.kernel import NotFound, iso
from windlass.store import Row, Transaction

_TASK: Final = """
SELECT t.*, r.name AS repository, n.name AS lane_name FROM wl_task t
JOIN wl_repository r ON r.id = t.repository_id JOIN wl_lane n ON n.id = t.lane"""
_DECISION: Final = """
SELECT d.*, r.name AS repository FROM wl_decision d LEFT JOIN wl_repository r ON r.id = d.repository_id"""
_LANE: Final = """
SELECT n.id, n.name, n.limit_max, n.weight, r.name AS repository,
  (SELECT count(*) FROM wl_task t WHERE t.lane = n.id AND t.status = 'pending' AND t.unmet = 0) AS ready,
  (SELECT count(*) FROM wl_lease l JOIN wl_task t ON t.id = l.task_id WHERE t.lane = n.id) AS running
FROM wl_lane n JOIN wl_repository r ON r.id = n.repository_id"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tasks a list shows. `repository` 0: all; empty texts: any."""

    repository: int = 0
    statuses: Sequence[str] = ()
    lane: str = ""
    after: int = 0
    limit: int = 100


def tasks(tx: Transaction, wanted: Wanted) -> list[Row]:
    """At most `limit` + 1 tasks behind `after`, by their numbers: the last one says that there is more."""
    among = "SELECT value FROM json_each(:statuses)" if tx.lite else (
        "SELECT json_array_elements_text(:statuses::json)"
    )  # fmt: skip
    return tx.rows(
        f"{_TASK} WHERE t.id > :after AND (:repository = 0 OR t.repository_id = :repository)"
        f" AND (:any = 1 OR t.status IN ({among})) AND (:lane = '' OR n.name = :lane)"
        " ORDER BY t.id LIMIT :limit",
        after=wanted.after, repository=wanted.repository, statuses=json.dumps(list(wanted.statuses)),
        any=int(not wanted.statuses), lane=wanted.lane, limit=wanted.limit + 1,
    )  # fmt: skip


def task(tx: Transaction, task_id: int) -> Row:
    row = tx.row(f"{_TASK} WHERE t.id = :id", id=task_id)
    if row is None:
        raise NotFound(f"no task {task_id}", hint="GET /v1/tasks lists them")
    return row


def workers(tx: Transaction, task_id: int) -> frozenset[str]:
    """Everybody who ever worked on a task."""
    rows = tx.rows("SELECT DISTINCT worker FROM wl_attempt WHERE task_id = :id", id=task_id)
    return frozenset(str(row["worker"]) for row in rows)


def decisions(tx: Transaction, repository: int, status: str, limit: int) -> list[Row]:
    """The most urgent first, then the oldest; `repository` 0 and status `all`: any."""
    return tx.rows(
        f"{_DECISION} WHERE (:repository = 0 OR d.repository_id = :repository)"
        " AND (:status = 'all' OR d.status = :status) ORDER BY d.priority, d.created_at, d.id LIMIT :limit",
        repository=repository, status=status, limit=limit,
    )  # fmt: skip


def decision(tx: Transaction, decision_id: int) -> Row:
    row = tx.row(f"{_DECISION} WHERE d.id = :id", id=decision_id)
    if row is None:
        raise NotFound(f"no decision {decision_id}", hint="GET /v1/decisions lists them")
    return row


def lanes(tx: Transaction, repository: int) -> list[Row]:
    return tx.rows(
        f"{_LANE} WHERE :repository = 0 OR n.repository_id = :repository ORDER BY n.id", repository=repository
    )


def lane(tx: Transaction, lane_id: int) -> Row:
    row = tx.row(f"{_LANE} WHERE n.id = :id", id=lane_id)
    if row is None:
        raise NotFound(f"no lane {lane_id}", hint="GET /v1/lanes lists them")
    return row


def held(tx: Transaction) -> dict[str, int]:
    """How many leases that have not expired each worker holds."""
    rows = tx.rows(
        "SELECT worker, count(*) AS held FROM wl_lease WHERE expires_at > :now GROUP BY worker", now=tx.now()
    )
    return {str(row["worker"]): int(row["held"]) for row in rows}


def task_view(row: Row, *, spec: bool) -> dict[str, Any]:
    view = {
        "id": row["id"], "repository": row["repository"], "item": row["item_id"], "parent": row["parent_id"],
        "root": row["root_id"], "lane": row["lane_name"], "kind": row["kind"], "role": row["role"],
        "title": row["title"], "status": row["status"], "review": row["review"], "risk": row["risk"],
        "attempt": row["attempt"], "attempts_max": row["attempts_max"], "rejections": row["rejections"],
        "fence": row["fence"], "base": row["base_oid"], "waits_for": row["unmet"],
        "touches": list(grounds.stated(row["touches"])), "skills": json.loads(row["skills"]),
        "note": row["note"],
        "created_at": iso(row["created_at"]), "updated_at": iso(row["updated_at"]),
    }  # fmt: skip
    if not spec:
        return view
    told = json.loads(row["spec"])
    return view | {
        "spec": {
            "runner": told.get("runner", ""), "paths": told.get("paths", []), "rules": told.get("rules", []),
            "findings": [
                {name: one[name] for name in ("path", "line", "rule", "text")}
                for one in told.get("findings", ())
            ],
            "instructions": told.get("instructions", ""),
        }
    }  # fmt: skip


def decision_view(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"], "key": row["key"], "kind": row["kind"], "question": row["question"],
        "options": json.loads(row["options"]), "default": row["default_choice"],
        "deadline": at(row["deadline"]), "priority": row["priority"], "status": row["status"],
        "context": json.loads(row["context"]), "evidence": json.loads(row["evidence"]), "cost": row["cost"],
        "repository": row["repository"], "item": row["item_id"], "task": row["task_id"],
        "created_at": iso(row["created_at"]), "answer": row["answer"], "answered_by": row["answered_by"],
        "answered_at": at(row["answered_at"]),
    }  # fmt: skip


def lane_view(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"], "repository": row["repository"], "name": row["name"], "limit": row["limit_max"],
        "weight": row["weight"], "ready": row["ready"], "running": row["running"],
    }  # fmt: skip


def at(moment: float | None) -> str | None:
    return None if moment is None else iso(moment)
