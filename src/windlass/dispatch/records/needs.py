"""Tasks that need others which will never be completed: an edge of `wl_dep` to a task that is dead."""

from typing import Final

from windlass.dispatch.model import TaskStatus
from windlass.dispatch.records.moving import Move, moved, task_row
from windlass.store import Transaction

DEAD_MAX: Final = 1_000
"""Tasks that one look takes in; the next look takes the others."""

_DEAD: Final = """
SELECT t.id AS task, n.id AS need
FROM wl_dep d JOIN wl_task t ON t.id = d.task_id JOIN wl_task n ON n.id = d.dep_id
WHERE d.dep_id > 0 AND t.repository_id = :repository AND t.status IN ('pending', 'blocked')
  AND n.status IN ('failed', 'cancelled') ORDER BY t.id, n.id LIMIT :limit"""


def dead(tx: Transaction, repository_id: int) -> list[tuple[int, int]]:
    """Each open task with the first of its needs that is dead; one after another."""
    rows = tx.rows(_DEAD, repository=repository_id, limit=DEAD_MAX)
    first: dict[int, int] = {}
    for row in rows:
        first.setdefault(row["task"], row["need"])
    return list(first.items())


def block(tx: Transaction, task_id: int, reason: str, now: float) -> bool:
    """Set a task aside that nobody works on; False when it moved meanwhile."""
    row = task_row(tx, task_id)
    change = Move(TaskStatus.BLOCKED, "task.blocked", "windlass", reason)
    return moved(tx, row, (TaskStatus.PENDING, row["fence"]), change, now)


def waive(tx: Transaction, task_id: int, need: int) -> None:
    """Let a task go without one of its needs."""
    if tx.execute("DELETE FROM wl_dep WHERE task_id = :id AND dep_id = :need", id=task_id, need=need):
        tx.execute("UPDATE wl_task SET unmet = unmet - 1 WHERE id = :id", id=task_id)


def inherit(tx: Transaction, old: int, new: int) -> None:
    """Whoever needs a task that is dead needs the one that was filed in its place."""
    tx.execute("UPDATE wl_dep SET dep_id = :new WHERE dep_id = :old", old=old, new=new)
