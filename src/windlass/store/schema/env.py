"""Alembic's entry: runs on the connection that `migrate` hands over; there is no offline mode."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="wl_schema",
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
