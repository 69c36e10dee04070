"""An index that finds an agent's newest calls of models: how many requests it made in its window.

Additive: code of the revision before goes on working on this schema. The calls themselves are on record
already, as events that nothing deletes.
"""

from alembic import op

revision = "0009_pre_calls"
down_revision = "0008_pre_ratchet"


def upgrade() -> None:
    op.execute(
        "CREATE INDEX wl_event_called ON wl_event (repository_id, actor, seq) WHERE kind = 'model.called'"
    )
