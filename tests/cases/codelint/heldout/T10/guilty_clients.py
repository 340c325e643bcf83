"""No deadline anywhere: HTTP sessions, pools, Redis, ORM engine."""

import aiohttp
import asyncpg
import requests
from sqlalchemy.ext.asyncio import create_async_engine


async def open_all(dsn, url):
    conn = await asyncpg.connect(dsn)  # expect: T10
    engine = create_async_engine(url)  # expect: T10
    return conn, engine


class Report:
    def __init__(self):
        self.session = requests.Session()

    def upload(self, url, body):
        return self.session.post(url, data=body).status_code  # expect: T10


async def fetch(url):
    async with aiohttp.ClientSession() as session:  # expect: T10@fetch
        async with session.get(url) as reply:  # expect: T10@fetch
            return await reply.text()
