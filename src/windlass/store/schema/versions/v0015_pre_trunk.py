# ruff: noqa: E501 - tables read better on few lines
"""The newest look at a branch as a whole.

Additive: code of the revision before goes on working on this schema.
"""

from alembic import op

revision = "0015_pre_trunk"
down_revision = "0014_pre_conflicts"

# failing: names with what each said, as JSON. Times are unix seconds.
_TABLE = """
CREATE TABLE wl_trunk (repository_id {big} NOT NULL, branch TEXT NOT NULL, commit_oid TEXT NOT NULL, said TEXT NOT NULL, failing TEXT NOT NULL,
  unknown TEXT NOT NULL, at {real} NOT NULL, PRIMARY KEY (repository_id, branch))
"""


def upgrade() -> None:
    lite = op.get_bind().dialect.name == "sqlite"
    op.execute(
        _TABLE.format(big="INTEGER" if lite else "BIGINT", real="REAL" if lite else "DOUBLE PRECISION")
    )
