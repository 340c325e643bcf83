"""A nightly job that has no event loop; the coroutine only starts it as a process."""

import asyncio
import sys

import psycopg2


def prune(dsn: str, keep_days: int) -> int:
    conn = psycopg2.connect(dsn, connect_timeout=3, options="-c statement_timeout=60000")
    with conn, conn.cursor() as cursor:
        cursor.execute("DELETE FROM ticks WHERE age_days > %s", (keep_days,))
        return cursor.rowcount


async def prune_apart(dsn: str) -> int:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot.prune", dsn)
    return await asyncio.wait_for(process.wait(), timeout=120)
