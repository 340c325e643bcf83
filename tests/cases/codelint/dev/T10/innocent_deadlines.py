"""Every client and pool has its deadline; httpx has one by default."""

import aiohttp
import asyncpg
import httpx
import psycopg2
import requests

TIMEOUT = aiohttp.ClientTimeout(total=5, connect=2)


class Resources:
    async def open(self, dsn: str, base: str) -> None:
        self.http = aiohttp.ClientSession(base, timeout=TIMEOUT)
        self.pool = await asyncpg.create_pool(dsn, max_size=5, timeout=5, command_timeout=5)
        self.news = httpx.AsyncClient()


def exchange_info(base: str) -> dict:
    return requests.get(base + "/fapi/v1/exchangeInfo", timeout=(2, 5)).json()


def connect(dsn: str):
    return psycopg2.connect(dsn, connect_timeout=5, options="-c statement_timeout=5000")
