"""BaseException is caught to roll back, and goes on upwards."""

import asyncpg


class Transfer:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def store(self, rows: list[tuple[str, int]]) -> None:
        async with self._pool.acquire(timeout=2) as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                sql = "INSERT INTO marks (symbol, ts_us) VALUES ($1, $2)"
                await connection.executemany(sql, rows, timeout=5)
            except BaseException:
                await transaction.rollback()
                raise
            await transaction.commit()
