import psycopg
import psycopg2


async def count(dsn: str) -> int:
    conn = psycopg2.connect(dsn, connect_timeout=3)  # expect: D09
    cur = conn.cursor()
    cur.execute("SELECT count(*) FROM orders")  # expect: D09@count
    return cur.fetchone()[0]  # expect: D09@count


async def latest(dsn: str) -> str:
    with psycopg.connect(dsn, connect_timeout=3) as conn:  # expect: D09@latest
        return conn.execute("SELECT max(exec_id) FROM fills").fetchone()[0]  # expect: D09@latest
