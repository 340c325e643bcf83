"""psycopg 3 in its asynchronous form."""

import psycopg
from psycopg.rows import dict_row


async def latest(dsn: str) -> dict | None:
    options = "-c statement_timeout=3000"
    async with await psycopg.AsyncConnection.connect(
        dsn, connect_timeout=3, options=options, row_factory=dict_row
    ) as conn:
        cursor = await conn.execute("SELECT exec_id, symbol FROM fills ORDER BY 1 DESC LIMIT 1")
        return await cursor.fetchone()
