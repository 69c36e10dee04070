# ruff: noqa: E501 - tables read better on few lines
"""Results of tests by tree, from each test's first failure on, and the tests that are flaky.

Additive: code of the revision before goes on working on this schema.
"""

from alembic import op

revision = "0011_pre_flakes"
down_revision = "0010_pre_reach"

_LITE = {"big": "INTEGER", "real": "REAL"}
_PG = {"big": "BIGINT", "real": "DOUBLE PRECISION"}

# An empty test stands for whole runs; passed is then the number of tests that ran. Times are unix seconds.
_STATEMENTS = """
CREATE TABLE wl_tally (repository_id {big} NOT NULL, test TEXT NOT NULL, tree_oid TEXT NOT NULL, environment TEXT NOT NULL, failed {big} NOT NULL,
  passed {big} NOT NULL, at {real} NOT NULL, PRIMARY KEY (repository_id, test, tree_oid, environment));
CREATE INDEX wl_tally_at ON wl_tally (repository_id, at);
CREATE TABLE wl_flaky (repository_id {big} NOT NULL, test TEXT NOT NULL, state TEXT NOT NULL, since {real} NOT NULL, until {real}, reason TEXT NOT NULL DEFAULT '',
  by_whom TEXT NOT NULL DEFAULT '', item_id {big}, counted_from {real} NOT NULL DEFAULT 0, PRIMARY KEY (repository_id, test))
"""


def upgrade() -> None:
    words = _LITE if op.get_bind().dialect.name == "sqlite" else _PG
    for statement in _STATEMENTS.format(**words).split(";\n"):
        op.execute(statement)
