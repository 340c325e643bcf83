"""Placeholders in three styles, and identifiers quoted by the driver."""

from psycopg import sql
from sqlalchemy import text


class Reports:
    def __init__(self, pool) -> None:
        self.pool = pool

    async def of_symbol(self, symbol: str):
        async with self.pool.connection(timeout=3) as connection:
            cursor = await connection.execute(
                "SELECT * FROM fills WHERE symbol = %s ORDER BY exec_id", (symbol,)
            )
            return await cursor.fetchall()

    async def of_day(self, session, day: str):
        return await session.execute(text("SELECT * FROM fills WHERE day = :day"), {"day": day})

    async def count(self, cursor, table: str) -> None:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        await cursor.execute(query)
