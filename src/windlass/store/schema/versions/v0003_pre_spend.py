# ruff: noqa: E501 - tables read better on few lines
"""Spend on models: one row for each task, attempt, agent, repository and day, changed by deltas.

Additive: code of revision 0002 goes on working on this schema.
"""

from alembic import op

revision = "0003_pre_spend"
down_revision = "0002_pre_mesh"

_LITE = {"big": "INTEGER", "real": "REAL", "narrow": ""}
_PG = {"big": "BIGINT", "real": "DOUBLE PRECISION", "narrow": " WITH (fillfactor=50)"}

# Times are unix seconds, money is micro-dollars.
_SPEND = """
CREATE TABLE wl_spend (scope TEXT NOT NULL, key TEXT NOT NULL, requests {big} NOT NULL, input {big} NOT NULL, cached {big} NOT NULL,
  cache_written {big} NOT NULL, output {big} NOT NULL, micro_dollars {big} NOT NULL, unmeasured {big} NOT NULL, unpriced {big} NOT NULL,
  first_at {real} NOT NULL, last_at {real} NOT NULL, PRIMARY KEY (scope, key)){narrow}
"""


def upgrade() -> None:
    words = _LITE if op.get_bind().dialect.name == "sqlite" else _PG
    op.execute(_SPEND.format(**words))
