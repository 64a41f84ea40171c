"""Alembic's entry point; `migrate.py` hands it the connection to work on."""

from alembic import context

from roadworthy.foundation.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
