# ruff: noqa: E501 - tables read better on few lines
"""Maps of what every test ran, recorded by whole runs: tests are chosen by them.

Additive: code of the revision before goes on working on this schema.
"""

from alembic import op

revision = "0010_pre_reach"
down_revision = "0009_pre_calls"

_LITE = {"big": "INTEGER", "real": "REAL", "bytes": "BLOB"}
_PG = {"big": "BIGINT", "real": "DOUBLE PRECISION", "bytes": "BYTEA"}

_STATEMENT = """
CREATE TABLE wl_reach (repository_id {big} NOT NULL, tree_oid TEXT NOT NULL, check_id TEXT NOT NULL, environment TEXT NOT NULL, at {real} NOT NULL,
  map {bytes} NOT NULL, PRIMARY KEY (repository_id, check_id, environment, tree_oid))
"""


def upgrade() -> None:
    words = _LITE if op.get_bind().dialect.name == "sqlite" else _PG
    op.execute(_STATEMENT.format(**words))
