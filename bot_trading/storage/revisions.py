"""Which revisions of the schema this release knows, and whether a database has the newest.

Apart from `schema`, so that a store opens without loading the machinery of migrations.
"""

from __future__ import annotations

import asyncpg

from bot_trading.errors import StoreError

__all__ = ["REVISIONS", "check_revision", "read_revision", "refuse_unknown"]

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


async def check_revision(connection: Connection) -> None:
    """Raise StoreError unless the database has exactly this release's revision."""
    current = await read_revision(connection)
    refuse_unknown(current)
    if current != REVISIONS[-1]:
        raise StoreError(
            f"the database has schema revision {current or 'none'}, this release needs"
            f" {REVISIONS[-1]}: upgrade the schema first"
        )


async def read_revision(connection: Connection) -> str | None:
    """The revision as the database tells it, or None before the first migration."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return revision


def refuse_unknown(revision: str | None) -> None:
    """Raise StoreError for a revision that only a newer release can have made."""
    if revision is not None and revision not in REVISIONS:
        raise StoreError(
            f"the database has schema revision {revision!r}, which this release does not know: a"
            " newer release made it, so start that release, or restore an older backup"
        )
