"""psycopg 3's asynchronous connection."""

import psycopg


async def last_equity(dsn):
    options = "-c statement_timeout=3000"
    async with await psycopg.AsyncConnection.connect(
        dsn, connect_timeout=3, options=options
    ) as conn:
        cursor = await conn.execute("SELECT equity FROM balances ORDER BY ts DESC LIMIT 1")
        row = await cursor.fetchone()
    return row[0]
