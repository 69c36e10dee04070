"""Acceptance checks and playbooks of items, and what the micro cycle showed of a submission.

Additive: code of the revision before goes on working on this schema.
"""

from alembic import op

revision = "0006_pre_acceptance"
down_revision = "0005_pre_trials"

_STATEMENTS = (
    "ALTER TABLE wl_item ADD COLUMN acceptance TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE wl_item ADD COLUMN playbook TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE wl_verdict ADD COLUMN cycle TEXT NOT NULL DEFAULT '{}'",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
