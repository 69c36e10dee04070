# ruff: noqa: E501 - tables read better on few lines
"""Fewer pages for each claim and each end: no index is kept of what nobody looks up by it.

Tasks in progress are found by their leases, and nobody asks for all claims. On SQLite events, which are never deleted, do without
AUTOINCREMENT's own table, and attempts lie in their key. Additive: code of revision 0006 goes on working on this schema.
"""

from alembic import op

revision = "0007_pre_lean_claims"
down_revision = "0006_pre_acceptance"

# Spelled with OR: SQLite then sees that `status = 'blocked'` is among them.
_OPEN = """
DROP INDEX wl_task_open;
CREATE INDEX wl_task_open ON wl_task (repository_id, status) WHERE status = 'planning' OR status = 'blocked' OR status = 'review_needed'
"""
# A query by kind says `kind <> 'task.claimed'` too, or SQLite does not see that it may use this.
_KIND = """
CREATE INDEX wl_event_kind ON wl_event (kind, seq) WHERE kind <> 'task.claimed'
"""
_LITE = """
CREATE TABLE wl_event_lean (seq INTEGER PRIMARY KEY, at REAL NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, repository_id INTEGER,
  item_id INTEGER, task_id INTEGER, fence INTEGER, data TEXT NOT NULL);
INSERT INTO wl_event_lean SELECT seq, at, actor, kind, repository_id, item_id, task_id, fence, data FROM wl_event;
DROP TABLE wl_event;
ALTER TABLE wl_event_lean RENAME TO wl_event;
CREATE INDEX wl_event_task ON wl_event (task_id, seq);
CREATE TABLE wl_attempt_lean (task_id INTEGER NOT NULL, fence INTEGER NOT NULL, number INTEGER NOT NULL, worker TEXT NOT NULL, runner TEXT NOT NULL,
  sandbox TEXT NOT NULL, started_at REAL NOT NULL, finished_at REAL, outcome TEXT, detail TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (task_id, fence)) WITHOUT ROWID;
INSERT INTO wl_attempt_lean SELECT task_id, fence, number, worker, runner, sandbox, started_at, finished_at, outcome, detail FROM wl_attempt;
DROP TABLE wl_attempt;
ALTER TABLE wl_attempt_lean RENAME TO wl_attempt;
CREATE INDEX wl_attempt_started ON wl_attempt (started_at)
"""


def upgrade() -> None:
    before = _LITE if op.get_bind().dialect.name == "sqlite" else "DROP INDEX wl_event_kind"
    for part in (_OPEN, before, _KIND):
        for statement in part.split(";\n"):
            op.execute(statement)
