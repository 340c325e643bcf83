import sqlite3


def connect(name):
    conn = sqlite3.connect(name, timeout=5)
    conn.execute("PRAGMA journal_mode=WAL")
    return conn


async def pending(conn: sqlite3.Connection):
    return conn.execute("SELECT id FROM outbox WHERE sent = 0").fetchall()  # expect: D14


async def mark_sent(conn: sqlite3.Connection, ids):
    with conn:
        conn.executemany("UPDATE outbox SET sent = 1 WHERE id = ?", ids)  # expect: D14
