"""A psycopg2 pool used by an aiogram handler."""

from psycopg2.extras import RealDictCursor, execute_values
from psycopg2.pool import ThreadedConnectionPool


class Trades:
    def __init__(self, pool: ThreadedConnectionPool) -> None:
        self.pool = pool

    async def last(self, symbol: str) -> dict | None:
        conn = self.pool.getconn()  # expect: D09@last
        try:
            with conn.cursor(cursor_factory=RealDictCursor) as cursor:
                cursor.execute("SELECT * FROM fills WHERE symbol = %s LIMIT 1", (symbol,))  # expect: D09@last
                return cursor.fetchone()  # expect: D09@last
        finally:
            self.pool.putconn(conn)

    async def add(self, conn, rows: list[tuple]) -> None:
        with conn.cursor() as cursor:
            execute_values(cursor, "INSERT INTO fills VALUES %s", rows)  # expect: D09
