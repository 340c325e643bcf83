from contextlib import asynccontextmanager


@asynccontextmanager
async def transaction(conn):
    await conn.execute("BEGIN", timeout=5)
    try:
        yield conn
    finally:
        await conn.execute("ROLLBACK", timeout=5)  # expect: D43
