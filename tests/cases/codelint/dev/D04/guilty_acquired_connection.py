"""A pooled connection as asyncpg hands it to helpers."""

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Conn = PoolConnectionProxy


class Ledger:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    async def note(self, text: str) -> None:
        async with self.pool.acquire() as con:
            await self._write(con, text)

    async def _write(self, con: Conn, text: str) -> None:
        con.execute("INSERT INTO notes (body) VALUES ($1)", text)  # expect: D04

    async def forget(self, con: PoolConnectionProxy) -> None:
        con.execute("DELETE FROM notes")  # expect: D04
