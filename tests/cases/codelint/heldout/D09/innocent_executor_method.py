"""The psycopg2 method runs in an executor: the coroutine passes the bound method."""

import asyncio

import psycopg2

OPTIONS = "-c statement_timeout=3000"


class FillStore:
    def __init__(self, dsn):
        self.dsn = dsn

    def _count(self, symbol):
        with psycopg2.connect(self.dsn, connect_timeout=3, options=OPTIONS) as conn:
            with conn.cursor() as cur:
                cur.execute("SELECT count(*) FROM fills WHERE symbol = %s", (symbol,))
                return cur.fetchone()[0]

    async def count(self, symbol):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, self._count, symbol)
