"""A database connection that is opened again has no topics."""

import asyncio

import asyncpg


async def reconnect(dsn, attempts):
    for attempt in range(attempts):
        try:
            return await asyncpg.connect(dsn, timeout=5, command_timeout=5)
        except OSError:
            await asyncio.sleep(min(0.5 * 2**attempt, 10))
    raise ConnectionError(f"no database after {attempts} attempts")
