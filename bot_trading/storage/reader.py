"""A small pool for everything that is not a commit: queries, status, and statements of a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import asyncpg

from bot_trading.errors import StoreError, StoreUnavailable
from bot_trading.storage.failures import TROUBLE, insist, store_error
from bot_trading.storage.revisions import check_revision

__all__ = ["Reader"]

T = TypeVar("T")
Pooled = asyncpg.pool.PoolConnectionProxy
_OWN_END = (asyncpg.AdminShutdownError, asyncpg.ConnectionDoesNotExistError, OSError)


class Reader:
    """The pool, open from `open` to `close`; each call ends within the deadline."""

    def __init__(self, database_url: str, deadline_s: float, size: int) -> None:
        self._database_url = database_url
        self._deadline_s = deadline_s
        self._size = size
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Make the pool and prove the schema's revision; no-op when it is open."""
        if self._pool is not None:
            return
        try:
            # codelint: ok D23 because start-up opens the store once, before any task reads
            self._pool = await asyncpg.create_pool(
                self._database_url, min_size=0, max_size=self._size, timeout=self._deadline_s
            )
        except TROUBLE as error:
            raise store_error(error, "open the store") from error
        try:
            await self.read(check_revision)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Disconnect, by force where a call is still under way at the deadline."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            await asyncio.wait_for(pool.close(), self._deadline_s)
        except TROUBLE:
            pool.terminate()

    async def read(self, query: Callable[[Pooled], Awaitable[T]]) -> T:
        """What `query` answers; it is asked again after a lost connection, until the deadline."""

        async def attempt(left_s: float) -> T:
            async with self._connection(left_s) as connection, asyncio.timeout(left_s):
                return await query(connection)

        return await insist(attempt, self._deadline_s, "read")

    async def execute_once(self, sql: str, *args: object) -> str:
        """The command tag of a statement that is sent once and never again.

        A statement that ends its own connection by pg_terminate_backend has done what it was asked.
        """
        try:
            async with self._connection(self._deadline_s) as connection:
                return await connection.execute(sql, *args, timeout=self._deadline_s)
        except TROUBLE as error:
            if "pg_terminate_backend" in sql and isinstance(error, _OWN_END):
                return "SELECT"
            raise store_error(error, "execute") from error

    @asynccontextmanager
    async def _connection(self, left_s: float) -> AsyncIterator[Pooled]:
        if self._pool is None:
            raise StoreError("the store is not open")
        pool = self._pool
        try:
            connection = await pool.acquire(timeout=left_s)
        except TimeoutError as error:
            raise StoreUnavailable(
                f"read: no connection for {left_s:.3g} s; {pool.get_size() - pool.get_idle_size()}"
                f" of {self._size} are busy"
            ) from error
        try:
            yield connection
        except TimeoutError:
            connection.terminate()  # Nobody knows what it still does; another one starts clean.
            raise
        except asyncpg.InterfaceError as error:
            if connection.is_closed():
                raise ConnectionResetError(str(error)) from error
            raise
        finally:
            await pool.release(connection, timeout=self._deadline_s)
