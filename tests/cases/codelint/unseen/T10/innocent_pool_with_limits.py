"""A pool whose connections and statements both have their limits, from the settings."""

from dataclasses import dataclass

import asyncpg


@dataclass(frozen=True)
class DatabaseSettings:
    dsn: str
    connect_s: int = 3
    statement_s: int = 5


async def open_pool(settings: DatabaseSettings) -> asyncpg.Pool:
    options = {"timeout": settings.connect_s, "command_timeout": settings.statement_s}
    return await asyncpg.create_pool(settings.dsn, min_size=1, max_size=4, **options)


async def count(pool: asyncpg.Pool) -> int:
    return await pool.fetchval("SELECT COUNT(*) FROM fills")
