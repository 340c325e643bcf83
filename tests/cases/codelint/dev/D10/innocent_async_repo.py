"""The attribute has the same method names, but its driver is asynchronous."""

import asyncpg


class Database:
    def __init__(self, pool: asyncpg.Pool):
        self._pool = pool

    async def query(self, sql: str, *args):
        return await self._pool.fetch(sql, *args, timeout=3)


class Engine:
    def __init__(self, db: Database):
        self.db = db

    async def load_legs(self, symbol: str):
        return await self.db.query(
            "SELECT position_idx, quantity FROM positions WHERE symbol = $1", symbol
        )
