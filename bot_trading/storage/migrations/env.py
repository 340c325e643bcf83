"""Alembic's entry: writes the SQL of a range of revisions; `storage.schema` runs it."""

from __future__ import annotations

from alembic import context

from bot_trading.storage.tables import metadata

context.configure(
    dialect_name="postgresql",
    target_metadata=metadata,
    literal_binds=True,
    transactional_ddl=False,  # The caller puts the whole script into one transaction.
)
context.run_migrations()
