"""Matches: which ready task is kept, for a moment, for which instance."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from windlass.dispatch.model import ENTRY
from windlass.dispatch.records import lanes
from windlass.dispatch.records.roster import members
from windlass.dispatch.seating import Match, Need, Seat
from windlass.fleet import InstanceState, Standing
from windlass.store import Transaction

MATCHES_MAX: Final = 1_000
"""Matches that are looked at in one claim."""
MATCH_S: Final = 10.0
"""So long a task is kept for its instance."""
REST_S: Final = 60.0
"""So long a task that its instance did not come for is matched to nobody and free for all."""
NEEDS_MAX: Final = 300
MINUTES: Final = 10.0
"""How long a task of an unknown kind is expected to take."""
KNOWN_MAX: Final = 200
"""Attempts that say how long a kind takes."""

_OVER: Final = (
    "until <= :rested OR NOT EXISTS"
    " (SELECT 1 FROM wl_task t WHERE t.id = wl_match.task_id AND t.status = 'pending')"
)
"""A match whose task was taken, or has rested long enough."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the matches mean for one claimer: its own tasks by lane, the best match first, and others'."""

    mine: dict[int, list[int]]
    others: tuple[int, ...]


def kept_for(tx: Transaction, who: str, now: float) -> Kept:
    """The matches that hold now, as the claims of instance `who` see them; of "" all are others'."""
    rows = tx.rows(
        "SELECT task_id, instance FROM wl_match WHERE until > :now ORDER BY cost, task_id LIMIT :limit",
        now=now, limit=MATCHES_MAX,
    )  # fmt: skip
    lane_of = _ready(tx, [int(row["task_id"]) for row in rows])
    mine: dict[int, list[int]] = {}
    others = []
    for task, instance in ((int(row["task_id"]), row["instance"]) for row in rows):
        if task in lane_of and instance == who:
            mine.setdefault(lane_of[task], []).append(task)
        elif task in lane_of:
            others.append(task)
    return Kept(mine, tuple(others))


def named(tx: Transaction, tasks: Sequence[int]) -> Kept:
    """As if exactly these tasks, and the tries at them, were matched to the claimer, in their order."""
    tries = tx.rows(
        f"SELECT id FROM wl_task WHERE role = :entry AND root_id IN ({_each(tx)}) ORDER BY id",  # noqa: S608
        entry=ENTRY, tasks=json.dumps(list(tasks)),
    )  # fmt: skip
    wanted = [*tasks, *(int(row["id"]) for row in tries)]
    lane_of = _ready(tx, wanted)
    mine: dict[int, list[int]] = {}
    for task in wanted:
        if task in lane_of:
            mine.setdefault(lane_of[task], []).append(task)
    return Kept(mine, ())


def _ready(tx: Transaction, tasks: Sequence[int]) -> dict[int, int]:
    """The lanes of those tasks that are ready, asked for by number: a join would tour all that is pending."""
    if not tasks:
        return {}
    rows = tx.rows(
        f"SELECT id, lane, status, unmet FROM wl_task WHERE id IN ({_each(tx)})",  # noqa: S608
        tasks=json.dumps(list(tasks)),
    )
    return {row["id"]: row["lane"] for row in rows if row["status"] == "pending" and row["unmet"] == 0}


def _each(tx: Transaction) -> str:
    """The numbers of the parameter `tasks`."""
    return "SELECT value FROM json_each(:tasks)" if tx.lite else (
        "SELECT value::bigint FROM json_array_elements_text(:tasks::json)"
    )  # fmt: skip


def keep(tx: Transaction, found: Sequence[Match], now: float) -> None:
    """Keep tasks for their instances for MATCH_S, and forget what is over."""
    tx.execute(f"DELETE FROM wl_match WHERE {_OVER}", rested=now - REST_S)  # noqa: S608
    tx.execute_many(
        "INSERT INTO wl_match (task_id, instance, cost, at, until)"
        " VALUES (:task, :instance, :cost, :now, :until) ON CONFLICT DO NOTHING",
        [
            {"task": one.task, "instance": one.instance, "cost": one.cost, "now": now, "until": now + MATCH_S}
            for one in sorted(found, key=lambda one: one.task)
        ],
    )


def due(tx: Transaction, now: float) -> bool:
    """Whether there are instances to choose from; a look that costs little."""
    return len(_seats(tx, now)) >= 2


def question(tx: Transaction, repository_id: int, now: float) -> tuple[list[Need], list[Seat]] | None:
    """What there is to match: None with fewer than two instances to choose from, or nothing ready."""
    seats = _seats(tx, now)
    if len(seats) < 2:
        return None
    rows = tx.rows(
        f"SELECT task_id, instance, until FROM wl_match WHERE NOT ({_OVER})",  # noqa: S608
        rested=now - REST_S,
    )
    kept = Counter(str(row["instance"]) for row in rows if row["until"] > now)
    free = [replace(seat, load=seat.load + kept[seat.instance]) for seat in seats]
    free = [seat for seat in free if seat.room]
    wanted = min(NEEDS_MAX, 2 * sum(seat.room for seat in free))
    needs = _needs(tx, repository_id, wanted, {int(row["task_id"]) for row in rows})
    return (needs, free) if needs and free else None


def _seats(tx: Transaction, now: float) -> list[Seat]:
    return [
        Seat(who.name, who.lanes, who.skills, len(one.tasks), who.capacity)
        for one in members(tx, now, since=now)
        if (who := one.instance).state is InstanceState.LIVE and one.standing is Standing.ALIVE
    ]


def _needs(tx: Transaction, repository_id: int, wanted: int, without: set[int]) -> list[Need]:
    """The best ready tasks of every lane that are not matched and do not rest after a match."""
    took = _minutes(tx)
    found: list[tuple[int, Need]] = []
    for lane in lanes.rows(tx, repository_id):
        rows = tx.rows(
            "SELECT x.id, x.cls, x.kind, x.skills FROM wl_task x WHERE x.status = 'pending' AND x.unmet = 0"
            " AND x.lane = :lane ORDER BY x.cls DESC, x.ready_at, x.id LIMIT :limit",
            lane=lane.id, limit=wanted + len(without),
        )  # fmt: skip
        for row in rows:
            if row["id"] not in without:
                skills = tuple(str(skill) for skill in json.loads(row["skills"]))
                minutes = took.get(row["kind"], MINUTES)
                found.append((row["cls"], Need(row["id"], lane.name, skills, minutes, row["cls"] / 1000)))
    found.sort(key=lambda each: (-each[0], each[1].task))
    return [need for _, need in found[:wanted]]


def _minutes(tx: Transaction) -> dict[str, float]:
    """How long attempts that were submitted took lately, by kind of task."""
    rows = tx.rows(
        "SELECT t.kind, avg(a.finished_at - a.started_at) / 60 AS minutes FROM (SELECT task_id, started_at,"
        " finished_at FROM wl_attempt WHERE outcome = 'submitted' ORDER BY task_id DESC LIMIT :known) a"
        " JOIN wl_task t ON t.id = a.task_id GROUP BY t.kind",
        known=KNOWN_MAX,
    )
    return {str(row["kind"]): max(0.1, float(row["minutes"])) for row in rows}
