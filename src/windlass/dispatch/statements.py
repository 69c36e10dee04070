"""The hot statements as text, per dialect, in one place.

The claim is an exact class merge. Inside one class (equal WSJF) the oldest task is the best for any monotone
aging, so only the head of each class can win. The walk goes down the partial index from the highest class
and stops below `best / CEILING`, where no age can make up the distance; that bound is one expression, because
SQLite seeks with only one lower bound and would filter the rest row by row. No row is ever rewritten to age.

On PostgreSQL SKIP LOCKED sits under its own LIMIT 1 inside one class: a claimer may take the second best
while a peer holds the best, so rank inversion is bounded by the number of concurrent claimers.
"""

from typing import Final

from windlass.dispatch.aging import CEILING, multiplier_sql
from windlass.store import Dialect

TASK_COLUMNS: Final = (
    "id, repository_id, item_id, lane, kind, title, status, cls, ready_at, unmet, attempt, attempts_max,"
    " fence, base_oid, spec, note, created_at, updated_at"
)

_READY: Final = "x.status = 'pending' AND x.unmet = 0"
_ORDER: Final = "ORDER BY x.cls DESC, x.ready_at, x.id LIMIT 1"


def _walk(lanes: str, floor: str, larger: str) -> str:
    score = f"t.cls * {multiplier_sql('(:now - t.ready_at)')}"
    return f"""
WITH RECURSIVE walk (lane, cls, score, best) AS (
  SELECT t.lane, t.cls, {score}, {score} FROM {lanes} JOIN wl_task t ON t.id = (
    SELECT x.id FROM wl_task x WHERE {_READY} AND x.lane = l.value AND x.cls >= :threshold {_ORDER})
  UNION ALL
  SELECT t.lane, t.cls, {score}, {larger}(w.best, {score}) FROM walk w JOIN wl_task t ON t.id = (
    SELECT x.id FROM wl_task x WHERE {_READY} AND x.lane = w.lane AND x.cls < w.cls
      AND x.cls >= {larger}(:threshold, {floor} + 1) {_ORDER})
)"""  # noqa: S608 - constants only


_CLAIM_SET: Final = "status = 'in_progress', fence = fence + 1, attempt = attempt + 1, updated_at = :now"

_LITE_WALK: Final = _walk("json_each(:lanes) AS l", f"CAST(w.best / ({CEILING} * :reach) AS INTEGER)", "max")
_PG_WALK: Final = _walk(
    "unnest(:lanes::bigint[]) AS l(value)", f"floor(w.best / ({CEILING} * :reach))::int", "greatest"
)

_LITE_CLAIM: Final = f"""{_LITE_WALK}
UPDATE wl_task SET {_CLAIM_SET} WHERE status = 'pending' AND id = (
  SELECT (SELECT x.id FROM wl_task x WHERE {_READY} AND x.lane = b.lane AND x.cls = b.cls
          ORDER BY x.ready_at, x.id LIMIT 1)
  FROM walk b ORDER BY b.score DESC, b.cls DESC LIMIT 1)
RETURNING {TASK_COLUMNS}"""  # noqa: S608

_PG_CLAIM: Final = f"""{_PG_WALK},
best AS MATERIALIZED (SELECT lane, cls FROM walk ORDER BY score DESC, cls DESC),
pick AS MATERIALIZED (
  SELECT p.id FROM best b CROSS JOIN LATERAL (
    SELECT x.id FROM wl_task x WHERE {_READY} AND x.lane = b.lane AND x.cls = b.cls
    ORDER BY x.ready_at, x.id LIMIT 1 FOR UPDATE SKIP LOCKED) p LIMIT 1),
claimed AS (
  UPDATE wl_task SET {_CLAIM_SET} WHERE status = 'pending' AND id = (SELECT id FROM pick)
  RETURNING {TASK_COLUMNS}),
lease AS (
  INSERT INTO wl_lease (task_id, fence, worker, node, expires_at)
  SELECT id, fence, :worker, :node, :expires FROM claimed),
attempt AS (
  INSERT INTO wl_attempt (task_id, fence, number, worker, runner, sandbox, started_at)
  SELECT id, fence, attempt, :worker, spec::json ->> 'runner', '', :now FROM claimed)
SELECT * FROM claimed"""  # noqa: S608

CLAIM: Final = {Dialect.SQLITE: _LITE_CLAIM, Dialect.POSTGRESQL: _PG_CLAIM}
"""On PostgreSQL lease and attempt are written by the same statement: three round trips become one.

`:lanes` (JSON list or array literal), `:now`, `:threshold`, `:reach` (1.0 prunes, 1e9 walks every
class).
"""

LEASE: Final = (
    "INSERT INTO wl_lease (task_id, fence, worker, node, expires_at)"
    " VALUES (:id, :fence, :worker, :node, :expires)"
)

ATTEMPT: Final = (
    "INSERT INTO wl_attempt (task_id, fence, number, worker, runner, sandbox, started_at)"
    " VALUES (:id, :fence, :number, :worker, :runner, '', :now)"
)

RENEW: Final = (
    "UPDATE wl_lease SET expires_at = :expires"
    " WHERE task_id = :id AND fence = :fence AND worker = :worker AND expires_at > :now"
)

_HOLD: Final = (
    "SELECT task_id, fence, worker, node, expires_at FROM wl_lease"
    " WHERE task_id = :id AND fence = :fence AND worker = :worker AND expires_at > :now"
)
HOLD: Final = {Dialect.SQLITE: _HOLD, Dialect.POSTGRESQL: _HOLD + " FOR UPDATE"}
"""Locks the lease row, always before the task row: whoever takes them in the other order deadlocks."""

_EXPIRED: Final = (
    "SELECT task_id FROM wl_lease WHERE expires_at <= :now OR expires_at > :beyond"
    " ORDER BY task_id LIMIT :limit"
)
"""`:beyond`: no lease is given for that long, so the clock was set back under it."""
_SWEEP: Final = "DELETE FROM wl_lease WHERE task_id IN ({}) RETURNING task_id, fence, worker, node"
SWEEP: Final = {
    Dialect.SQLITE: _SWEEP.format(_EXPIRED),
    Dialect.POSTGRESQL: _SWEEP.format(_EXPIRED + " FOR UPDATE SKIP LOCKED"),
}

MOVE: Final = (
    "UPDATE wl_task SET status = :new, fence = fence + :grow, attempt = attempt - :refund, note = :note,"
    " updated_at = :now WHERE id = :id AND status = :old AND fence = :fence"
)
"""The one way a task changes its status after the claim: conditional on (id, status, fence)."""

END_ATTEMPT: Final = (
    "UPDATE wl_attempt SET finished_at = :now, outcome = :outcome, detail = :detail"
    " WHERE task_id = :id AND fence = :fence AND finished_at IS NULL"
)

_MET: Final = (
    "UPDATE wl_task SET unmet = unmet - 1, ready_at = CASE WHEN unmet = 1 THEN :now ELSE ready_at END"
    " WHERE id IN (SELECT {})"
)
MET: Final = {
    Dialect.SQLITE: _MET.format("task_id FROM wl_dep WHERE dep_id = :id"),
    Dialect.POSTGRESQL: "WITH waiting AS MATERIALIZED (SELECT id FROM wl_task WHERE id IN"  # noqa: S608
    " (SELECT task_id FROM wl_dep WHERE dep_id = :id) ORDER BY id FOR UPDATE) "
    + _MET.format("id FROM waiting"),
}
"""Dependents are locked in the order of their ids, so two parents that complete together cannot deadlock."""

END_LEASE: Final = "DELETE FROM wl_lease WHERE task_id = :id AND fence = :fence"
