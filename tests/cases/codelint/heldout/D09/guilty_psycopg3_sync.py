import psycopg


async def last_equity(dsn):
    with psycopg.connect(dsn, connect_timeout=3, options="-c statement_timeout=3000") as c:  # expect: D09@q
        row = c.execute("SELECT equity FROM balances ORDER BY ts DESC LIMIT 1").fetchone()  # expect: D09@q
    return row[0]
