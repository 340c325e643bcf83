"""Engine with an injected synchronous database object."""

import psycopg2


class Database:
    def __init__(self, dsn: str):
        self._conn = psycopg2.connect(
            dsn, connect_timeout=5, options="-c statement_timeout=3000"
        )

    def query(self, sql: str, params: tuple = ()) -> list[tuple]:
        with self._conn.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall()

    def describe(self) -> str:
        return "postgresql"


class Engine:
    def __init__(self, db: Database):
        self.db = db

    async def load_legs(self, symbol: str) -> list[tuple]:
        return self.db.query(  # expect: D10
            "SELECT position_idx, quantity FROM positions WHERE symbol = %s", (symbol,)
        )

    async def name(self) -> str:
        return self.db.describe()
