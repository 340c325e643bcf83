"""The two databases of a data check, each opened read-only and seen as of one moment.

Whatever goes wrong there becomes one sentence that names the database: `DataRefused`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

__all__ = ["DataRefused", "Database", "open_read_only"]

CONNECT_TIMEOUT_S = 10.0
STATEMENT_TIMEOUT_S = 600.0
OLDEST_VERSION = 140000  # `hash_record_extended` is from version 14 on.
SETTINGS = {
    "application_name": "data_check",
    "default_transaction_read_only": "on",
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "extra_float_digits": "1",  # A float's shortest text that reads back as the same float.
    "search_path": "pg_catalog",
    "plan_cache_mode": "force_custom_plan",  # A range of keys is planned as the range that it is.
    "jit": "off",
    "work_mem": "64MB",
    "hash_mem_multiplier": "4",  # Grouping by hash in place of a sort of all rows.
}
ZONE = "SELECT set_config('TimeZone', $1, true)"
TROUBLE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # The driver's word when a killed session is asked.
    OSError,
    TimeoutError,
)


class DataRefused(Exception):
    """The data cannot be checked; the message names the database, what was wrong, what to do."""


class Database:
    """One of the two databases, `source` or `target`, inside one read-only transaction.

    Several tasks may ask at once: their questions are answered one after the other.
    """

    def __init__(self, name: str, connection: asyncpg.Connection) -> None:
        self.name = name
        self.version = connection.get_server_version().major
        self._connection = connection
        self._turn = asyncio.Lock()

    @property
    def connection(self) -> asyncpg.Connection:
        """The connection itself, for whoever reads the catalogue through it."""
        return self._connection

    async def rows(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """All rows of an answer that is known to be small."""
        async with self._asking():
            # codelint: ok D32 because a connection takes one question at a time
            return list(await self._connection.fetch(statement, *values))

    async def rows_in_zone(
        self, zone: str, statement: str, *values: object
    ) -> list[asyncpg.Record]:
        """All rows of a small answer, for which naive times are cast as times of this zone."""
        async with self._asking():
            # codelint: ok D32 because a connection takes one question at a time
            await self._connection.execute(ZONE, zone)
            # codelint: ok D32 because a connection takes one question at a time
            rows = list(await self._connection.fetch(statement, *values))
            # codelint: ok D32 because a connection takes one question at a time
            await self._connection.execute(ZONE, SETTINGS["TimeZone"])
            return rows

    async def value(self, statement: str, *values: object) -> Any:
        """The first value of the first row."""
        async with self._asking():
            # codelint: ok D32 because a connection takes one question at a time
            return await self._connection.fetchval(statement, *values)

    async def blocks(
        self, statement: str, *values: object, rows: int = 2_000
    ) -> AsyncIterator[Sequence[Any]]:
        """The rows of an answer of any length, block by block, through a server-side cursor."""
        async with self._asking():
            # codelint: ok D32 because a connection takes one question at a time
            cursor = await self._connection.cursor(statement, *values)
        while True:
            async with self._asking():
                # codelint: ok D32 because a connection takes one question at a time
                block = await cursor.fetch(rows)
            if not block:
                return
            yield block

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """One question at a time, as the connection takes them; each has the driver's time limit.

        What goes wrong meanwhile is a sentence about this database.
        """
        async with self._turn:
            with _named(self.name):
                yield


@asynccontextmanager
async def open_read_only(name: str, url: str) -> AsyncIterator[Database]:
    """Open a database; nothing can be written through it. Raises DataRefused."""
    parts = urlsplit(url)
    if parts.scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise DataRefused(
            f"the {name} begins with {parts.scheme or 'no scheme'!r}, expected postgresql://…: the"
            " data check reads PostgreSQL only"
        )
    with _named(name):
        connection = await asyncpg.connect(
            urlunsplit(parts._replace(scheme="postgresql")),
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=STATEMENT_TIMEOUT_S,
            server_settings=SETTINGS,
        )
    try:
        version = connection.get_server_version()
        if version.major * 10_000 < OLDEST_VERSION:
            raise DataRefused(
                f"the {name} is PostgreSQL {version.major}, expected 14 or newer: check a copy that"
                " was restored on a newer server"
            )
        with _named(name):
            transaction = connection.transaction(isolation="repeatable_read", readonly=True)
            await transaction.start()
        yield Database(name, connection)
    finally:
        connection.terminate()  # Nothing was written, so there is nothing to end in order.


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Turn what a driver raises into a sentence about this database."""
    try:
        yield
    except TROUBLE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataRefused(f"the {name} database {_what(error)} ({reason})") from error


def _what(error: BaseException) -> str:
    match error:
        case asyncpg.InvalidAuthorizationSpecificationError():
            return "refused the role or its password: correct the URL"
        case asyncpg.InvalidCatalogNameError():
            return "does not exist on that server: correct its name in the URL"
        case asyncpg.UndefinedTableError() | asyncpg.UndefinedColumnError():
            return "is not what the mapping says: correct the mapping, or name the right database"
        case asyncpg.InsufficientPrivilegeError():
            return "must not be read by this role: grant it SELECT on every mapped table"
        case (
            asyncpg.PostgresConnectionError()
            | asyncpg.AdminShutdownError()
            | asyncpg.CrashShutdownError()
            | asyncpg.InterfaceError()
            | asyncpg.InternalClientError()
        ):
            return "was lost in the middle, so nothing is said about the data: check again"
        case TimeoutError():
            return (
                "did not answer in time: see whether it is locked or overloaded, then check again"
            )
        case asyncpg.PostgresError():
            return "refused a question of the data check"
        case _:
            return "cannot be reached: start it, or correct the URL"
