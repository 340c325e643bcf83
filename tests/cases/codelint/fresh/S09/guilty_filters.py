"""Values glued into SQL for psycopg and SQLAlchemy."""

from sqlalchemy import text


class Reports:
    def __init__(self, pool) -> None:
        self.pool = pool

    async def of_symbol(self, symbol: str):
        async with self.pool.connection(timeout=3) as connection:
            cursor = await connection.execute(  # expect: S09
                "SELECT * FROM fills WHERE symbol = '" + symbol + "' ORDER BY exec_id"
            )
            return await cursor.fetchall()

    async def of_day(self, session, day: str):
        return await session.execute(text(f"SELECT * FROM fills WHERE day = '{day}'"))  # expect: S09

    async def drop(self, cursor, name: str) -> None:
        await cursor.execute("DELETE FROM notes WHERE name = '%s'" % name)  # expect: S09
