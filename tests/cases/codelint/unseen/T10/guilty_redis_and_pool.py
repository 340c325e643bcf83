"""Connections of the service, made in one place."""

import asyncpg
import redis.asyncio as redis
import requests


class Connections:
    def __init__(self, dsn: str, redis_url: str) -> None:
        self._dsn = dsn
        self.cache = redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2)
        self.pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        self.pool = await asyncpg.create_pool(self._dsn, min_size=1, max_size=4)  # expect: T10


def download_rules(base: str, symbol: str) -> dict:
    params = {"category": "linear", "symbol": symbol}
    reply = requests.get(f"{base}/v5/market/instruments-info", params=params)  # expect: T10
    reply.raise_for_status()
    return reply.json()
