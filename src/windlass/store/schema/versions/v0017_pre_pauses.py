# ruff: noqa: E501 - tables read better on few lines
"""Pauses of a repository's automation, or of all of them.

Additive: code of the revision before goes on working on this schema, and does not know that it is paused.
"""

from alembic import op

revision = "0017_pre_pauses"
down_revision = "0016_pre_resolutions"

_LITE = {"big": "INTEGER", "real": "REAL"}
_PG = {"big": "BIGINT", "real": "DOUBLE PRECISION"}

# repository_id: 0 for the whole data home. Times are unix seconds. The index finds items that pause their repository by a label.
_STATEMENTS = """
CREATE TABLE wl_pause (repository_id {big} PRIMARY KEY, paused_by TEXT NOT NULL, reason TEXT NOT NULL, at {real} NOT NULL);
CREATE INDEX wl_item_pausing ON wl_item (repository_id) WHERE replace(labels, '"emergency-pause"', '') <> labels
"""


def upgrade() -> None:
    words = _LITE if op.get_bind().dialect.name == "sqlite" else _PG
    for statement in _STATEMENTS.format(**words).split(";\n"):
        op.execute(statement)
