# ruff: noqa: E501 - tables read better on few lines
"""Measurements of the ratchet: what was measured of each landing, and bounds that a person has set.

Additive: code of the revision before goes on working on this schema.
"""

from alembic import op

revision = "0008_pre_ratchet"
down_revision = "0007_pre_lean_claims"

_LITE = {"big": "INTEGER", "real": "REAL"}
_PG = {"big": "BIGINT", "real": "DOUBLE PRECISION"}

# landing_id is 0 where no landing made the commit, commit_oid is empty where a person set the bound. Times are unix seconds.
_STATEMENTS = """
CREATE TABLE wl_measurement (repository_id {big} NOT NULL, metric TEXT NOT NULL, at {real} NOT NULL, commit_oid TEXT NOT NULL, landing_id {big} NOT NULL,
  value {real} NOT NULL, source TEXT NOT NULL, set_by TEXT NOT NULL DEFAULT '', PRIMARY KEY (repository_id, metric, commit_oid, landing_id, at));
CREATE INDEX wl_measurement_landing ON wl_measurement (landing_id)
"""


def upgrade() -> None:
    words = _LITE if op.get_bind().dialect.name == "sqlite" else _PG
    for statement in _STATEMENTS.format(**words).split(";\n"):
        op.execute(statement)
