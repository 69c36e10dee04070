# ruff: noqa: E501 - tables read better on few lines
"""What was made of the hunks of conflicts, and where it was done again.

Additive: code of the revision before goes on working on this schema.
"""

from alembic import op

revision = "0016_pre_resolutions"
down_revision = "0015_pre_trunk"

_LITE = {"big": "INTEGER", "real": "REAL"}
_PG = {"big": "BIGINT", "real": "DOUBLE PRECISION"}

# id: a digest of the hunk with the lines around it. resolutions: the ids of those that settled a conflict, apart by blanks.
# used: how often one was tried since it was learned. Times are unix seconds.
_STATEMENTS = """
CREATE TABLE wl_resolution (repository_id {big} NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL, path TEXT NOT NULL, task_id {big} NOT NULL,
  commit_oid TEXT NOT NULL, at {real} NOT NULL, used {big} NOT NULL DEFAULT 0, PRIMARY KEY (repository_id, id));
ALTER TABLE wl_conflict ADD COLUMN resolutions TEXT NOT NULL DEFAULT ''
"""


def upgrade() -> None:
    words = _LITE if op.get_bind().dialect.name == "sqlite" else _PG
    for statement in _STATEMENTS.format(**words).split(";\n"):
        op.execute(statement)
