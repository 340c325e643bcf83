"""Clients and pools without a deadline."""

import aiohttp
import asyncpg
import requests


class Resources:
    async def open(self, dsn: str, base: str) -> None:
        self.http = aiohttp.ClientSession(base)  # expect: T10
        self.pool = await asyncpg.create_pool(dsn, min_size=1, max_size=5)  # expect: T10


def exchange_info(base: str) -> dict:
    return requests.get(base + "/fapi/v1/exchangeInfo").json()  # expect: T10
