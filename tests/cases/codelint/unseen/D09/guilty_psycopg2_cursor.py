"""Open legs are read at start-up and after each reconnect."""

import psycopg2
import psycopg2.extras


class LegReader:
    def __init__(self, dsn: str) -> None:
        self._conn = psycopg2.connect(dsn, connect_timeout=3)

    async def open_legs(self, account: str) -> list[dict]:
        sql = "SELECT symbol, position_idx, quantity FROM legs WHERE account = %s"
        cursor = self._conn.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
        cursor.execute(sql, (account,))  # expect: D09@read
        return list(cursor.fetchall())  # expect: D09@read
