import psycopg2
import psycopg2.extras

OPTIONS = "-c statement_timeout=3000"


async def open_orders(dsn: str, symbol: str):
    conn = psycopg2.connect(dsn, connect_timeout=3, options=OPTIONS)  # expect: D09
    cursor = conn.cursor(cursor_factory=psycopg2.extras.DictCursor)
    cursor.execute("SELECT * FROM orders WHERE symbol = %s", (symbol,))  # expect: D09@query
    return cursor.fetchall()  # expect: D09@query
