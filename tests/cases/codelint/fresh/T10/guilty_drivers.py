"""Drivers and pools that may wait for ever."""

import aiopg
import psycopg
import requests
from aiohttp import ClientSession, ClientTimeout


async def pool(dsn: str):
    return await aiopg.create_pool(dsn, timeout=None)  # expect: T10


async def connection(dsn: str):
    return await psycopg.AsyncConnection.connect(dsn)  # expect: T10


def session(base: str) -> ClientSession:
    return ClientSession(base, timeout=ClientTimeout(total=None, sock_read=None))  # expect: T10


def instruments(base: str) -> dict:
    http = requests.Session()
    return http.get(f"{base}/v5/market/instruments-info").json()  # expect: T10
