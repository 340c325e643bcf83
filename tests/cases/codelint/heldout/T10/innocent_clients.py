"""Deadlines by constructor, by call, by asyncio.timeout, and by connect arguments."""

import asyncio

import aiohttp
import asyncpg
import requests
from sqlalchemy.ext.asyncio import create_async_engine

LIMIT = aiohttp.ClientTimeout(total=10, sock_read=5)


async def open_all(dsn, url):
    async with asyncio.timeout(10):
        conn = await asyncpg.connect(dsn, timeout=5, command_timeout=5)
    engine = create_async_engine(url, connect_args={"timeout": 5, "command_timeout": 5})
    return conn, engine


class Report:
    def __init__(self):
        self.session = requests.Session()

    def upload(self, url, body):
        return self.session.post(url, data=body, timeout=(3, 30)).status_code


async def fetch(url):
    async with aiohttp.ClientSession(timeout=LIMIT) as session, session.get(url) as reply:
        return await reply.text()
