"""Matches: which ready task is kept, for a moment, for which instance."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from windlass.store import Transaction

MATCHES_MAX: Final = 1_000
"""Matches that are looked at in one claim."""
REST_S: Final = 60.0
"""So long a task that its instance did not come for is matched to nobody and free for all."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the matches mean for one claimer: its own tasks by lane, the best match first, and others'."""

    mine: dict[int, list[int]]
    others: tuple[int, ...]


NOTHING: Final = Kept({}, ())


def kept_for(tx: Transaction, instance: str, now: float) -> Kept:
    """The matches that hold now, as the claims of `instance` see them; of "" all are others'."""
    rows = tx.rows(
        "SELECT m.task_id, m.instance, t.lane FROM wl_match m JOIN wl_task t ON t.id = m.task_id"
        " WHERE m.until > :now AND t.status = 'pending' AND t.unmet = 0 ORDER BY m.cost, m.task_id"
        " LIMIT :limit",
        now=now, limit=MATCHES_MAX,
    )  # fmt: skip
    mine: dict[int, list[int]] = {}
    for row in rows:
        if row["instance"] == instance:
            mine.setdefault(int(row["lane"]), []).append(int(row["task_id"]))
    return Kept(mine, tuple(int(row["task_id"]) for row in rows if row["instance"] != instance))


def keep(tx: Transaction, matches: Sequence[tuple[int, str, float]], now: float, *, until: float) -> None:
    """Keep tasks (task, instance, cost) until then."""
    tx.execute_many(
        "INSERT INTO wl_match (task_id, instance, cost, at, until)"
        " VALUES (:task, :instance, :cost, :now, :until)"
        " ON CONFLICT (task_id) DO UPDATE SET instance = :instance, cost = :cost, at = :now, until = :until",
        [
            {"task": task, "instance": instance, "cost": cost, "now": now, "until": until}
            for task, instance, cost in matches
        ],
    )


def forget(tx: Transaction, now: float) -> set[int]:
    """Remove matches that are over; the tasks that still rest, or are matched."""
    over = "SELECT m.task_id FROM wl_match m LEFT JOIN wl_task t ON t.id = m.task_id"
    over += " WHERE m.until <= :rested OR t.id IS NULL OR t.status <> 'pending'"
    tx.execute(f"DELETE FROM wl_match WHERE task_id IN ({over})", rested=now - REST_S)  # noqa: S608
    return {int(row["task_id"]) for row in tx.rows("SELECT task_id FROM wl_match")}


def array(tx: Transaction, numbers: Sequence[int]) -> Any:
    """A list of numbers as the dialect takes it."""
    return json.dumps(list(numbers)) if tx.lite else list(numbers)
