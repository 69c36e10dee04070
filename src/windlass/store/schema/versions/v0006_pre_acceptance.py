"""Acceptance checks and playbooks of items, and what the micro cycle showed of a submission.

Additive: code of the revision before goes on working on this schema. What an item asks for has a table of its
own, since that code reads all columns of an item, and PostgreSQL refuses its prepared statements once they
are others.
"""

from alembic import op

revision = "0006_pre_acceptance"
down_revision = "0005_pre_trials"

_STATEMENTS = (
    "CREATE TABLE wl_item_terms (id BIGINT PRIMARY KEY REFERENCES wl_item (id),"
    " repository_id BIGINT NOT NULL, acceptance TEXT NOT NULL DEFAULT '[]',"
    " playbook TEXT NOT NULL DEFAULT '')",
    "INSERT INTO wl_item_terms (id, repository_id) SELECT id, repository_id FROM wl_item",
    "ALTER TABLE wl_verdict ADD COLUMN cycle TEXT NOT NULL DEFAULT '{}'",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
