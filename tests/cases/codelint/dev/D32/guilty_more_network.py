"""Sockets, DNS, database and gathered requests below an asyncio lock."""

import asyncio

import aiohttp
import asyncpg


class Gateway:
    def __init__(self, session: aiohttp.ClientSession, pool: asyncpg.Pool):
        self.session = session
        self.pool = pool
        self.lock = asyncio.Lock()
        self.writer = None

    async def connect(self, host, port):
        async with self.lock:  # expect: D32@connect
            async with asyncio.timeout(5):
                _, self.writer = await asyncio.open_connection(host, port)  # expect: D32@connect

    async def _read(self, url):
        async with self.session.get(url, timeout=5) as reply:
            return await reply.json()

    async def read_all(self, urls):
        async with self.lock:  # expect: D32@all
            return await asyncio.gather(*(self._read(url) for url in urls))  # expect: D32@all

    async def send(self, text):
        await self.lock.acquire()  # expect: D32@send
        try:
            await self.session.post("/rows", data=text, timeout=5)  # expect: D32@send
        finally:
            self.lock.release()
