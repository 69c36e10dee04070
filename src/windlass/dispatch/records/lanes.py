"""Lanes in the database: their limits and weights, and how a claim finds them."""

import json
from collections.abc import Sequence
from typing import Any, Final

from windlass.dispatch.braid import Lane as Lane
from windlass.dispatch.braid import Strand, check_lane
from windlass.dispatch.model import Budgets, Post
from windlass.dispatch.records.filing import lane_id
from windlass.events import Subject, append
from windlass.history import Act, Image, Thing, recording
from windlass.store import Row, Transaction

_COLUMNS: Final = "n.id, n.repository_id, n.name, n.limit_max, n.weight, n.pass"
READY_MAX: Final = 10_000
"""Ready tasks that are counted for a list."""
_READY: Final = "x.status = 'pending' AND x.unmet = 0"


def _tell(tx: Transaction, key: int, before: Image, after: Image, *, now: float, actor: str) -> None:
    (lane,) = of(tx, [key])
    append(
        tx, "lane.changed", now, actor=actor, about=Subject(repository=lane.repository_id), lane=lane.name,
        limit=lane.limit, weight=lane.weight,
    )  # fmt: skip


LANE_THING: Final = Thing(name="lane", table="wl_lane", columns=("limit_max", "weight"), tell=_tell)
"""What of a lane can be put back when an operation is undone."""


def rows(tx: Transaction, repository_id: int, names: Sequence[str] | None = None) -> list[Lane]:
    """Those lanes of a repository that exist, all or the named ones, by number."""
    found = tx.rows(
        f"SELECT {_COLUMNS} FROM wl_lane n WHERE n.repository_id = :repository ORDER BY n.id",  # noqa: S608
        repository=repository_id,
    )
    return [_lane(row) for row in found if names is None or row["name"] in names]


def post(
    tx: Transaction, repository_id: int, names: Sequence[str] | None, *, node: str, ttl_s: float,
    sandbox: str = "", threshold: float = 0.0, instance: str = "", only: tuple[int, ...] = (),
    budgets: Budgets = (),
) -> Post:  # fmt: skip
    """What claims from those lanes of a repository, all or the named ones, are to say."""
    found = rows(tx, repository_id, names)
    return Post(
        tuple(lane.id for lane in found), node, ttl_s, sandbox, threshold,
        any(lane.limit is not None for lane in found), instance, only, budgets,
    )  # fmt: skip


def change(
    tx: Transaction, repository_id: int, name: str, now: float, *, limit: int | None, weight: float, by: str
) -> Lane:
    """Give a lane its limit and weight, and make it when it is new. Claims that began before may not know."""
    check_lane(name, limit, weight)
    number = lane_id(tx, repository_id, name)
    told = f"{name}: limit {'none' if limit is None else limit}, weight {weight:g}"
    act = Act("lane set", by, told, repository_id)
    with recording(tx, act, [(LANE_THING, (number,))]):
        changed = tx.execute(
            "UPDATE wl_lane SET limit_max = :limit, weight = :weight"
            " WHERE id = :id AND (coalesce(limit_max, -1) <> coalesce(:limit, -1) OR weight <> :weight)",
            id=number, limit=limit, weight=weight,
        )  # fmt: skip
    if changed:
        about = Subject(repository=repository_id)
        append(tx, "lane.changed", now, actor=by, about=about, lane=name, limit=limit, weight=weight)
    return next(lane for lane in rows(tx, repository_id, [name]))


def of(tx: Transaction, numbers: Sequence[int]) -> list[Lane]:
    """The lanes of these numbers, as far as they exist."""
    found = tx.rows(
        f"SELECT {_COLUMNS} FROM wl_lane n WHERE n.id IN {_numbers(tx)} ORDER BY n.id",  # noqa: S608
        numbers=json.dumps(list(numbers)),
    )
    return [_lane(row) for row in found]


def lock(tx: Transaction, numbers: Sequence[int]) -> list[Lane]:
    """The lanes, locked in the order of their numbers until the end of the transaction.

    Whoever claims within a limit, or moves a pass on, holds this lock: one at a time per lane.
    """
    keep = "" if tx.lite else " FOR UPDATE"
    found = tx.rows(
        f"SELECT {_COLUMNS} FROM wl_lane n WHERE n.id IN {_numbers(tx)} ORDER BY n.id{keep}",  # noqa: S608
        numbers=json.dumps(list(numbers)),
    )
    return [_lane(row) for row in found]


def by_index(tx: Transaction) -> None:
    """Forbid scans for the rest of the transaction: of a million rows, to count three, say.

    And JIT, which takes what a forbidden scan is said to cost for its true price and compiles for 100 ms.
    """
    if not tx.lite:
        names = ("enable_seqscan", "enable_bitmapscan", "jit")
        tx.rows("SELECT " + ", ".join(f"set_config('{name}', 'off', true)" for name in names))


def strands(
    tx: Transaction, lanes: Sequence[Lane], wanted: int, *, threshold: int, others: Sequence[int]
) -> list[Strand]:
    """How many claims each lane can serve now, counted up to `wanted`, without the tasks in `others`."""
    values: dict[str, Any] = {
        "numbers": json.dumps([lane.id for lane in lanes]), "threshold": threshold, "wanted": wanted,
        "others": without(tx, others),
    }  # fmt: skip
    free = "instr(:others, ',' || x.id || ',') = 0" if tx.lite else "x.id <> ALL (:others::bigint[])"
    found = tx.rows(
        f"SELECT n.id, (SELECT count(*) FROM (SELECT 1 FROM wl_task x WHERE {_READY} AND x.lane = n.id"  # noqa: S608
        f" AND x.cls >= :threshold AND {free} ORDER BY x.cls DESC, x.ready_at, x.id"
        f" LIMIT :wanted) seen) AS ready FROM wl_lane n WHERE n.id IN {_numbers(tx)} ORDER BY n.id",
        **values,
    )
    ready = {int(row["id"]): int(row["ready"]) for row in found}
    full = held(tx, [lane.id for lane in lanes if lane.limit is not None])
    return [
        Strand(lane.id, lane.passed, lane.weight, min(ready.get(lane.id, 0), _room(lane, full)))
        for lane in lanes
    ]


def without(tx: Transaction, tasks: Sequence[int]) -> Any:
    """Tasks to be left out, as the statements take them."""
    return f",{','.join(map(str, tasks))}," if tx.lite else list(tasks)


def ready(tx: Transaction, lanes: Sequence[Lane]) -> dict[int, int]:
    """How many tasks of each lane could be claimed, counted up to READY_MAX."""
    return {
        lane.id: int(
            tx.scalar(
                f"SELECT count(*) FROM (SELECT 1 FROM wl_task x WHERE {_READY} AND x.lane = :lane"  # noqa: S608
                " ORDER BY x.cls DESC, x.ready_at, x.id LIMIT :most) seen",
                lane=lane.id, most=READY_MAX,
            )
        )
        for lane in lanes
    }  # fmt: skip


def held(tx: Transaction, lanes: Sequence[int]) -> dict[int, int]:
    """How many tasks of each lane are under a lease; one that expired counts until it is swept.

    Leases are few and tasks are many: no join, which a planner may begin with the tasks.
    """
    if not lanes:
        return {}
    found = tx.rows(
        "SELECT s.lane, count(*) AS held FROM (SELECT (SELECT t.lane FROM wl_task t WHERE t.id = l.task_id)"
        " AS lane FROM wl_lease l) s GROUP BY s.lane"
    )
    return {int(row["lane"]): int(row["held"]) for row in found if row["lane"] in lanes}


def move_on(tx: Transaction, before: Sequence[Strand], after: Sequence[Strand]) -> None:
    """Write the passes that have changed."""
    tx.execute_many(
        "UPDATE wl_lane SET pass = :passed WHERE id = :id",
        [
            {"passed": new.passed, "id": new.lane}
            for old, new in zip(before, after, strict=True)
            if old.passed != new.passed
        ],
    )


def _room(lane: Lane, held: dict[int, int]) -> int:
    return 2**31 if lane.limit is None else max(0, lane.limit - held.get(lane.id, 0))


def _numbers(tx: Transaction) -> str:
    if tx.lite:
        return "(SELECT value FROM json_each(:numbers))"
    return "(SELECT value::bigint FROM json_array_elements_text(:numbers::json))"


def _lane(row: Row) -> Lane:
    return Lane(row["id"], row["repository_id"], row["name"], row["limit_max"], row["weight"], row["pass"])
