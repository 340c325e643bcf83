"""Each driver has its deadline in its own words."""

import httpx
import psycopg
import requests
from aiohttp import ClientSession, ClientTimeout

LIMITS = httpx.Timeout(5.0, connect=2.0)


async def connection(dsn: str):
    options = "-c statement_timeout=3000"
    return await psycopg.AsyncConnection.connect(dsn, connect_timeout=3, options=options)


def session(base: str) -> ClientSession:
    return ClientSession(base, timeout=ClientTimeout(total=8, sock_connect=2))


def client(base: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=base, timeout=LIMITS)


def instruments(base: str) -> dict:
    with requests.Session() as http:
        return http.get(f"{base}/v5/market/instruments-info", timeout=(2, 8)).json()
