import aiohttp
import asyncpg


class Resources:
    def __init__(self, dsn: str):
        self.dsn = dsn
        self._pool = None
        self._ready = False
        self._session: aiohttp.ClientSession | None = None

    async def pool(self):
        if self._pool is None:  # expect: D23@pool
            self._pool = await asyncpg.create_pool(  # expect: D23@pool
                self.dsn, timeout=5, command_timeout=5
            )
        return self._pool

    async def prepare(self, schema):
        if self._ready:  # expect: D23@ready
            return
        await schema.create_tables()
        self._ready = True  # expect: D23@ready
