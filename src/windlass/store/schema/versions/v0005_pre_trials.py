# ruff: noqa: E501 - tables read better on few lines
"""Trials: several tries at one task, what was measured of each, and which one was taken.

Additive: code of revision 0004 goes on working on this schema; it lands no entry, for it approves none.
"""

from alembic import op

revision = "0005_pre_trials"
down_revision = "0004_pre_budget"

_LITE = {"big": "INTEGER", "real": "REAL"}
_PG = {"big": "BIGINT", "real": "DOUBLE PRECISION"}

# A trial has the number of the task it is about. Times are unix seconds. JSON is text.
_TRIALS = """
CREATE TABLE wl_trial (task_id {big} PRIMARY KEY, repository_id {big} NOT NULL, pattern TEXT NOT NULL, state TEXT NOT NULL, base_oid TEXT NOT NULL,
  plan TEXT NOT NULL, round INTEGER NOT NULL, verdict TEXT NOT NULL DEFAULT '{{}}', winner {big}, decided_by TEXT NOT NULL DEFAULT '',
  created_at {real} NOT NULL, updated_at {real} NOT NULL, deadline {real} NOT NULL);
CREATE INDEX wl_trial_open ON wl_trial (repository_id, state);
CREATE TABLE wl_entry (task_id {big} PRIMARY KEY, trial {big} NOT NULL, round INTEGER NOT NULL, name TEXT NOT NULL, base_oid TEXT NOT NULL,
  evaluation TEXT, kept INTEGER NOT NULL DEFAULT 1);
CREATE INDEX wl_entry_trial ON wl_entry (trial, task_id)
"""


def upgrade() -> None:
    words = _LITE if op.get_bind().dialect.name == "sqlite" else _PG
    for statement in _TRIALS.format(**words).split(";\n"):
        op.execute(statement)
