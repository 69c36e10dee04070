"""The hot statements as text, per dialect, in one place.

The claim is an exact class merge. Inside one class (equal WSJF) the oldest task is the best for any monotone
aging, so only the head of each class can win. The walk goes down the partial index from the highest class
and stops below `best / CEILING`, where no age can make up the distance; that bound is one expression, because
SQLite seeks with only one lower bound and would filter the rest row by row. No row is ever rewritten to age.

On PostgreSQL SKIP LOCKED sits under its own LIMIT inside one class: a claimer may take the second best while
a peer in another process holds the best, so rank inversion is bounded by the number of concurrent claimers.
"""

from typing import Final

from windlass.dispatch.aging import CEILING, multiplier_sql
from windlass.store import Dialect

TASK_COLUMNS: Final = (
    "id, repository_id, item_id, lane, kind, title, status, cls, ready_at, unmet, attempt, attempts_max,"
    " fence, base_oid, spec, note, created_at, updated_at, parent_id, root_id, role, review, risk, rejections"
)

_READY: Final = "x.status = 'pending' AND x.unmet = 0"
_ORDER: Final = "ORDER BY x.cls DESC, x.ready_at, x.id LIMIT 1"


_CLAIM_SET: Final = "status = 'in_progress', fence = fence + 1, attempt = attempt + 1, updated_at = {now}"

_SCORE: Final = f"t.cls * {multiplier_sql('(:now - t.ready_at)')}"
_FLOOR: Final = f"CAST(w.best / ({CEILING} * :reach) AS INTEGER)"

_LITE_CLAIM: Final = f"""
WITH RECURSIVE walk (lane, cls, score, best) AS (
  SELECT t.lane, t.cls, {_SCORE}, {_SCORE} FROM json_each(:lanes) AS l JOIN wl_task t ON t.id = (
    SELECT x.id FROM wl_task x WHERE {_READY} AND x.lane = l.value AND x.cls >= :threshold {_ORDER})
  UNION ALL
  SELECT t.lane, t.cls, {_SCORE}, max(w.best, {_SCORE}) FROM walk w JOIN wl_task t ON t.id = (
    SELECT x.id FROM wl_task x WHERE {_READY} AND x.lane = w.lane AND x.cls < w.cls
      AND x.cls >= max(:threshold, {_FLOOR} + 1) {_ORDER})
)
UPDATE wl_task SET {_CLAIM_SET.format(now=":now")} WHERE status = 'pending' AND id = (
  SELECT (SELECT x.id FROM wl_task x WHERE {_READY} AND x.lane = b.lane AND x.cls = b.cls
          ORDER BY x.ready_at, x.id LIMIT 1)
  FROM walk b ORDER BY b.score DESC, b.cls DESC LIMIT 1)
RETURNING {TASK_COLUMNS}"""  # noqa: S608 - constants only


def _aged(ready_at: str) -> str:
    return f"x.cls * {multiplier_sql(f'(g.now - {ready_at})')}"


_NOW: Final = (
    "given AS MATERIALIZED"
    " (SELECT coalesce(:now::float8, extract(epoch FROM clock_timestamp())::float8) AS now)"
)

_HEAD: Final = f"""LATERAL (
    SELECT x.cls, h.got, {_aged("h.last")} AS last FROM (
      SELECT x.cls FROM wl_task x WHERE {_READY} AND x.lane = {{lane}} AND x.cls >= {{least}}
      ORDER BY x.cls DESC, x.ready_at, x.id LIMIT 1) x CROSS JOIN LATERAL (
      SELECT count(*) AS got, max(y.ready_at) AS last FROM (
        SELECT y.ready_at FROM wl_task y WHERE y.status = 'pending' AND y.unmet = 0 AND y.lane = {{lane}}
          AND y.cls = x.cls ORDER BY y.ready_at, y.id LIMIT cardinality(:workers::text[])) y) h) x"""  # noqa: S608
"""A class with as many of its oldest tasks as are wanted: how many there are, and the last one's score."""

_SURE: Final = "CASE WHEN x.got >= cardinality(:workers::text[]) THEN x.last ELSE 0 END"
_LEAST: Final = f"greatest(:threshold, floor(w.sure / ({CEILING} * :reach))::int + 1)"

_PG_CLAIM: Final = f"""
WITH RECURSIVE {_NOW}, walk (lane, cls, got, low, sure) AS (
  SELECT l.value, x.cls, x.got, x.last, {_SURE}
  FROM given g CROSS JOIN unnest(:lanes::bigint[]) AS l(value)
  CROSS JOIN {_HEAD.format(lane="l.value", least=":threshold")}
  UNION ALL
  SELECT w.lane, x.cls, w.got + x.got, least(w.low, x.last), greatest(w.sure, {_SURE},
    CASE WHEN w.got + x.got >= cardinality(:workers::text[]) THEN least(w.low, x.last) ELSE 0 END)
  FROM walk w CROSS JOIN given g CROSS JOIN {_HEAD.format(lane="w.lane", least=_LEAST + " AND x.cls < w.cls")}
),
best AS MATERIALIZED (
  SELECT lane, cls, count(*) AS wanted, max(score) AS score FROM (
    SELECT w.lane, w.cls, {_aged("x.ready_at")} AS score
    FROM walk w CROSS JOIN given g CROSS JOIN LATERAL (
      SELECT x.cls, x.ready_at FROM wl_task x WHERE {_READY} AND x.lane = w.lane AND x.cls = w.cls
      ORDER BY x.ready_at, x.id LIMIT cardinality(:workers::text[])) x
    ORDER BY score DESC, w.cls DESC LIMIT cardinality(:workers::text[])) top
  GROUP BY lane, cls),
pick AS MATERIALIZED (
  SELECT x.id, row_number() OVER (ORDER BY {_aged("x.ready_at")} DESC, x.cls DESC, x.ready_at, x.id) AS place
  FROM best b CROSS JOIN given g CROSS JOIN LATERAL (
    SELECT x.id, x.cls, x.ready_at FROM wl_task x WHERE {_READY} AND x.lane = b.lane AND x.cls = b.cls
    ORDER BY x.ready_at, x.id LIMIT b.wanted FOR UPDATE SKIP LOCKED) x),
taken AS (
  UPDATE wl_task SET {_CLAIM_SET.format(now="(SELECT now FROM given)")}
  WHERE status = 'pending' AND id = ANY (ARRAY(SELECT id FROM pick)) RETURNING {TASK_COLUMNS}),
claimed AS MATERIALIZED (
  SELECT t.*, p.place, (:workers::text[])[p.place] AS worker, g.now + :ttl AS expires_at
  FROM taken t JOIN pick p ON p.id = t.id CROSS JOIN given g),
lease AS (
  INSERT INTO wl_lease (task_id, fence, worker, node, expires_at)
  SELECT id, fence, worker, :node, expires_at FROM claimed),
attempt AS (
  INSERT INTO wl_attempt (task_id, fence, number, worker, runner, sandbox, started_at)
  SELECT id, fence, attempt, worker, spec::json ->> 'runner', :sandbox, updated_at FROM claimed),
event AS (
  INSERT INTO wl_event (at, actor, kind, repository_id, item_id, task_id, fence, data)
  SELECT updated_at, worker, 'task.claimed', repository_id, item_id, id, fence,
    '{{"attempt":' || attempt || ',"node":' || :node_json || '}}' FROM claimed ORDER BY place)
SELECT * FROM claimed ORDER BY place"""  # noqa: S608

CLAIM: Final = {Dialect.SQLITE: _LITE_CLAIM, Dialect.POSTGRESQL: _PG_CLAIM}
"""On SQLite the task alone, for one worker. On PostgreSQL task, lease, attempt and event for as many workers
as `:workers` names, the best task for the first of them; a class is left out only when the wanted number of
better tasks is sure.

`:lanes` (JSON list or array), `:now` (null: the server's clock), `:threshold`, `:reach` (1.0 prunes, 1e9
walks every class).
"""

LEASE: Final = (
    "INSERT INTO wl_lease (task_id, fence, worker, node, expires_at)"
    " VALUES (:id, :fence, :worker, :node, :expires)"
)

ATTEMPT: Final = (
    "INSERT INTO wl_attempt (task_id, fence, number, worker, runner, sandbox, started_at)"
    " VALUES (:id, :fence, :number, :worker, :runner, :sandbox, :now)"
)

RENEW: Final = (
    "UPDATE wl_lease SET expires_at = :expires"
    " WHERE task_id = :id AND fence = :fence AND worker = :worker AND expires_at > :now"
)

RENEW_NOW: Final = f"""WITH {_NOW}
UPDATE wl_lease l SET expires_at = g.now + :ttl FROM given g
WHERE l.task_id = :id AND l.fence = :fence AND l.worker = :worker AND l.expires_at > g.now
RETURNING l.expires_at"""  # noqa: S608
"""PostgreSQL alone: the same by the server's clock, in one statement."""

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
_SWEEP: Final = (
    "DELETE FROM wl_lease WHERE task_id IN ({}) RETURNING task_id, fence, worker, node, expires_at"
)
SWEEP: Final = {
    Dialect.SQLITE: _SWEEP.format(_EXPIRED),
    Dialect.POSTGRESQL: _SWEEP.format(_EXPIRED + " FOR UPDATE SKIP LOCKED"),
}

MOVE: Final = (
    "UPDATE wl_task SET status = :new, fence = fence + :grow, attempt = attempt - :refund, note = :note,"
    " rejections = rejections + :rejected, review = CASE WHEN :new = 'pending' THEN '' ELSE review END,"
    " updated_at = :now WHERE id = :id AND status = :old AND fence = :fence AND review = :review"
)
"""The one way a task changes its status after the claim: conditional on (id, status, fence), and on what was
known of its review: an approval that came in between may have filed a task that stands on this one.
"""

GRADE: Final = (
    "UPDATE wl_task SET review = :new, updated_at = :now"
    " WHERE id = :id AND status = 'review_needed' AND fence = :fence AND review = :old"
)
"""A submission was verified or approved; nothing else changes."""

LATER: Final = (
    "SELECT id FROM wl_task WHERE root_id = :root AND id > :id"
    " AND status NOT IN ('completed', 'failed', 'cancelled') ORDER BY id DESC LIMIT 1"
)
"""The last living task of a chain behind one of it; chains have a task of each role, so they are short."""

LAPSE: Final = (
    "UPDATE wl_task SET fence = fence + 1, attempt = attempt - 1, updated_at = :now"
    " WHERE id = :id AND status = 'blocked' AND fence = :fence"
)
"""The lease of a worker that waits for an answer ended: nobody failed, so no attempt is lost."""

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

END_HELD: Final = END_LEASE + " AND worker = :worker AND expires_at > :now"
"""The lease ends only while it is alive: `HOLD` and `END_LEASE` in one."""

_LITE_END: Final = """
UPDATE wl_task SET status = CASE WHEN attempt >= attempts_max THEN :spent ELSE :again END,
  note = CASE WHEN :reason = '' THEN note ELSE :reason END, updated_at = :now
WHERE id = :id AND status = 'in_progress' AND fence = :fence RETURNING status, repository_id, item_id"""

_PG_END: Final = f"""
WITH {_NOW}, asked AS MATERIALIZED (
  SELECT * FROM unnest(:ids::bigint[], :fences::bigint[], :workers::text[], :outcomes::text[],
    :reasons::text[], :texts::text[], :again::text[], :spent::text[])
  WITH ORDINALITY AS a (id, fence, worker, outcome, reason, text, again, spent, place)),
ended AS (
  DELETE FROM wl_lease l USING asked a, given g
  WHERE l.task_id = a.id AND l.fence = a.fence AND l.worker = a.worker AND l.expires_at > g.now
  RETURNING a.*),
moved AS (
  UPDATE wl_task t SET status = CASE WHEN t.attempt >= t.attempts_max THEN e.spent ELSE e.again END,
    note = CASE WHEN e.reason = '' THEN t.note ELSE e.reason END, updated_at = g.now
  FROM ended e, given g WHERE t.id = e.id AND t.status = 'in_progress' AND t.fence = e.fence
  RETURNING t.id, t.repository_id, t.item_id, t.fence, t.status, t.updated_at, e.worker, e.outcome, e.reason,
    e.text, e.place),
attempt AS (
  UPDATE wl_attempt a SET finished_at = m.updated_at, outcome = m.outcome, detail = m.reason FROM moved m
  WHERE a.task_id = m.id AND a.fence = m.fence AND a.finished_at IS NULL),
event AS (
  INSERT INTO wl_event (at, actor, kind, repository_id, item_id, task_id, fence, data)
  SELECT m.updated_at, m.worker, k.kind, m.repository_id, m.item_id, m.id, m.fence, k.data
  FROM moved m CROSS JOIN LATERAL (
    SELECT 1 AS part, CASE m.status WHEN 'completed' THEN 'task.completed' WHEN 'blocked' THEN 'task.blocked'
        ELSE 'task.given-up' END AS kind,
      '{{"reason":' || m.text || ',"status":"' || m.status || '","was":"in_progress"}}' AS data
    UNION ALL
    SELECT 2, 'task.failed', '{{"reason":' || m.text || ',"severity":"critical"}}'
    WHERE m.status = 'failed') k
  ORDER BY m.place, k.part)
SELECT e.place,
  CASE WHEN m.id IS NULL THEN ('no task under lease ' || e.id)::int::text ELSE m.status END AS status
FROM ended e LEFT JOIN moved m ON m.id = e.id"""  # noqa: S608

END: Final = {Dialect.SQLITE: _LITE_END, Dialect.POSTGRESQL: _PG_END}
"""A worker's own end of its attempts. On PostgreSQL lease, task, attempt and events of as many as are asked;
a lease that is not held is left out of the answer, and a lease without its task ends the statement.
"""

MET_HERE: Final = f"""
WITH {_NOW}, done AS MATERIALIZED (
  SELECT task_id FROM wl_event WHERE xid = pg_current_xact_id() AND kind || '' = 'task.completed'),
edges AS MATERIALIZED (
  SELECT d.task_id, count(*) AS met FROM done JOIN wl_dep d ON d.dep_id = done.task_id GROUP BY d.task_id),
waiting AS MATERIALIZED (
  SELECT t.id, e.met FROM edges e JOIN wl_task t ON t.id = e.task_id ORDER BY t.id FOR UPDATE OF t)
UPDATE wl_task t SET unmet = t.unmet - w.met,
  ready_at = CASE WHEN t.unmet = w.met THEN g.now ELSE t.ready_at END
FROM waiting w, given g WHERE t.id = w.id"""  # noqa: S608
"""After END on PostgreSQL, in its transaction but a statement of its own: one that waited for a parent's row
must see the edges which were committed meanwhile. The events say which tasks this transaction completed;
`|| ''` keeps the server from reading the index of all completions there ever were.
"""

CLAIM_AROUND: Final = {
    Dialect.SQLITE: CLAIM[Dialect.SQLITE].replace(
        "x.unmet = 0", "x.unmet = 0 AND instr(:others, ',' || x.id || ',') = 0"
    ),
    Dialect.POSTGRESQL: CLAIM[Dialect.POSTGRESQL]
    .replace("x.unmet = 0", "x.unmet = 0 AND x.id <> ALL (:others::bigint[])")
    .replace("y.unmet = 0", "y.unmet = 0 AND y.id <> ALL (:others::bigint[])"),
}
"""The same without the tasks in `:others`, which are kept for somebody else for a moment: `,1,2,` or an
array.
"""

_ONE: Final = (
    f"UPDATE wl_task SET {_CLAIM_SET.format(now=':now')} WHERE id = (SELECT id FROM wl_task"  # noqa: S608
    " WHERE id = :id AND status = 'pending' AND unmet = 0{}) RETURNING " + TASK_COLUMNS
)
CLAIM_ONE: Final = {
    Dialect.SQLITE: _ONE.format(""),
    Dialect.POSTGRESQL: _ONE.format(" FOR UPDATE SKIP LOCKED"),
}
"""One task by its number, if it is ready: what a match asks for. The task alone."""
