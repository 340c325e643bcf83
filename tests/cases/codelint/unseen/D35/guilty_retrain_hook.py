"""A hook of the scheduler is a coroutine, and starts a loop of its own."""

import asyncio

import asyncpg


class Retrain:
    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def _rows(self) -> list:
        connection = await asyncpg.connect(self._dsn, timeout=3, command_timeout=30)
        rows = await connection.fetch("SELECT * FROM candles ORDER BY ts_us")
        await connection.close()
        return rows

    async def hook(self, day: str) -> int:
        rows = asyncio.run(self._rows())  # expect: D35
        return sum(row["day"] == day for row in rows)
