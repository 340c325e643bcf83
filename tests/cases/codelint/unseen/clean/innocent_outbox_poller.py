"""Rows of an outbox are claimed in a transaction, published, and marked."""

import asyncio
import logging

import asyncpg
import redis.asyncio as redis

log = logging.getLogger(__name__)

CLAIM = """
    SELECT id, topic, body FROM outbox WHERE sent_at IS NULL
    ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
"""
MARK = "UPDATE outbox SET sent_at = now() WHERE id = ANY($1)"


class Outbox:
    def __init__(self, pool: asyncpg.Pool, bus: redis.Redis, batch: int = 100) -> None:
        self._pool = pool
        self._bus = bus
        self._batch = batch

    async def _publish(self, rows: list[asyncpg.Record]) -> list[int]:
        sent = []
        for row in rows:
            async with asyncio.timeout(2):
                await self._bus.xadd(row["topic"], {"body": row["body"]})
            sent.append(row["id"])
        return sent

    async def flush(self) -> int:
        async with self._pool.acquire(timeout=2) as connection, connection.transaction():
            rows = await connection.fetch(CLAIM, self._batch, timeout=3)
            sent = await self._publish(rows)
            await connection.execute(MARK, sent, timeout=3)
        return len(sent)

    async def run(self, halt: asyncio.Event) -> None:
        while not halt.is_set():
            try:
                count = await self.flush()
            except (OSError, asyncpg.PostgresError, redis.RedisError, TimeoutError) as error:
                log.warning("outbox waits: %s", error)
                count = 0
            if count == 0:
                await asyncio.sleep(0.5)
