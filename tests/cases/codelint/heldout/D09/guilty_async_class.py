"""Sync SQLAlchemy-free psycopg2 code below asynchronous method names."""

import psycopg2
from psycopg2.extras import execute_values
from psycopg2.pool import ThreadedConnectionPool

OPTIONS = "-c statement_timeout=3000"


class FillStore:
    def __init__(self, dsn):
        self.pool = ThreadedConnectionPool(1, 4, dsn, connect_timeout=3, options=OPTIONS)

    async def save_many(self, rows):
        conn = self.pool.getconn()  # expect: D09@save
        cur = conn.cursor()
        execute_values(cur, "INSERT INTO fills (exec_id, qty) VALUES %s", rows)  # expect: D09@save
        self.pool.putconn(conn)

    async def count(self, symbol):
        conn = self.pool.getconn()  # expect: D09@count
        with conn, conn.cursor() as cur:
            cur.execute("SELECT count(*) FROM fills WHERE symbol = %s", (symbol,))  # expect: D09@count
            (count,) = cur.fetchone()  # expect: D09@count
        self.pool.putconn(conn)
        return count
