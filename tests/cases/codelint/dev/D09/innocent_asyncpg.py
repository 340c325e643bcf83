"""asyncpg has the same verbs, and they are awaited."""

import asyncpg


class TradeStore:
    def __init__(self, pool: asyncpg.Pool):
        self.pool = pool

    @classmethod
    async def connect(cls, dsn: str) -> "TradeStore":
        pool = await asyncpg.create_pool(dsn, min_size=1, max_size=4, command_timeout=5, timeout=5)
        return cls(pool)

    async def save(self, exec_id: str, symbol: str, quantity) -> None:
        async with self.pool.acquire(timeout=2) as conn:
            await conn.execute(
                "INSERT INTO fills (exec_id, symbol, quantity) VALUES ($1, $2, $3)",
                exec_id,
                symbol,
                quantity,
                timeout=5,
            )
