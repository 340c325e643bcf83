"""The schema's revision: what a database has, what this release needs, and the way between.

Alembic writes the SQL of a step; asyncpg runs it, in one transaction and under an advisory lock,
so that a step is whole or absent and two processes that start together do it once.
"""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import asyncpg

from bot_trading.errors import StoreError
from bot_trading.storage.failures import TROUBLE, store_error
from bot_trading.storage.revisions import REVISIONS, read_revision, refuse_unknown

__all__ = [
    "MIGRATIONS",
    "current_revision",
    "downgrade",
    "head_revision",
    "migration_sql",
    "upgrade",
]

MIGRATIONS = Path(__file__).parent / "migrations"

# Any fixed number serves, as long as nothing else in the database locks it.
_MIGRATION_LOCK = 0x626F745F76335F6D
_ONE_THREAD = threading.Lock()
_CONNECT_TIMEOUT_S = 10
_STEP_TIMEOUT_S = 120


def head_revision() -> str:
    """The revision that this release needs."""
    return REVISIONS[-1]


async def current_revision(database_url: str) -> str | None:
    """The revision that the database has, or None when it has never seen a migration."""
    async with _connected(database_url) as connection:
        return await read_revision(connection)


async def upgrade(database_url: str) -> str:
    """Bring the database to this release's revision, which is returned; no-op when it is there.

    Raises StoreError when a newer release has been at work there, or when tables of somebody else
    are in the way; StoreUnavailable when the database cannot be reached. Nothing is half-done.
    """
    async with _connected(database_url) as connection, _alone(connection):
        current = await read_revision(connection)
        refuse_unknown(current)
        if current != head_revision():
            if current is None:
                await connection.execute("DROP TABLE IF EXISTS alembic_version")
            await connection.execute(_script("upgrade", f"{current or 'base'}:head"))
    return head_revision()


async def downgrade(database_url: str, target: str) -> None:
    """Take the database back to revision `target`; "base" removes every table and its rows."""
    async with _connected(database_url) as connection, _alone(connection):
        current = await read_revision(connection)
        refuse_unknown(current)
        if target != "base":
            refuse_unknown(target)
        if current is not None and current != target:
            await connection.execute(_script("downgrade", f"{current}:{target}"))


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    doing = "schema"
    try:
        connection = await asyncpg.connect(
            database_url, timeout=_CONNECT_TIMEOUT_S, command_timeout=_STEP_TIMEOUT_S
        )
    except TROUBLE as error:
        raise store_error(error, doing) from error
    try:
        yield connection
    except asyncpg.DuplicateObjectError as error:
        raise _in_the_way(error) from error
    except asyncpg.DuplicateTableError as error:
        raise _in_the_way(error) from error
    except TROUBLE as error:
        raise store_error(error, doing) from error
    finally:
        await asyncio.shield(connection.close(timeout=_CONNECT_TIMEOUT_S))


@asynccontextmanager
async def _alone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    async with connection.transaction():
        await connection.execute(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        yield


def _in_the_way(error: asyncpg.PostgresError) -> StoreError:
    return StoreError(
        f"schema: {error}, and it is not ours: give this release a database of its own"
    )


def migration_sql(folder: Path, direction: Literal["upgrade", "downgrade"], span: str) -> str:
    """The SQL of a span of revisions, such as "base:head", of an Alembic folder.

    Only now is the machinery of migrations loaded; it keeps what it works on in globals, so one
    thread uses it at a time.
    """
    from alembic import command
    from alembic.config import Config

    buffer = io.StringIO()
    config = Config(output_buffer=buffer)
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    write = command.upgrade if direction == "upgrade" else command.downgrade
    with _ONE_THREAD:
        write(config, span, sql=True)
    return buffer.getvalue()


def _script(direction: Literal["upgrade", "downgrade"], span: str) -> str:
    return migration_sql(MIGRATIONS, direction, span)
