"""The schema that the bot's own table definitions describe, made in an empty database.

Migrations and definitions are written apart from each other, so where they agree two witnesses
say the same; where they differ the bot works on tables that it does not expect.
"""

from __future__ import annotations

import asyncpg
import sqlalchemy as sa

from bot_trading.storage.tables import metadata
from readiness.schema.snapshot import Snapshot, read_snapshot

__all__ = ["BOOKKEEPING", "declared_snapshot", "statements_of"]

BOOKKEEPING = "alembic_version"  # What migrations keep for themselves, and no definition names.


def statements_of(definitions: sa.MetaData) -> list[str]:
    """What makes these tables, in the order of their references."""
    statements: list[str] = []

    def note(statement: sa.ClauseElement, *_: object, **__: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)))

    engine = sa.create_mock_engine("postgresql+psycopg://", note)
    definitions.create_all(engine, checkfirst=False)
    return statements


async def declared_snapshot(connection: asyncpg.Connection) -> Snapshot:
    """Make the defined tables in this empty database; what it then holds."""
    for statement in statements_of(metadata):
        await connection.execute(statement)
    return await read_snapshot(connection)
