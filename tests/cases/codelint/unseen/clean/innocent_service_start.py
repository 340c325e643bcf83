"""Start and stop of a service: everything has an owner, a deadline and an order."""

import asyncio
import logging
import signal
from contextlib import AsyncExitStack

import aiohttp
import asyncpg

log = logging.getLogger(__name__)


class Halted(Exception):
    """A signal asked the service to end."""


class Service:
    def __init__(self, dsn: str, base: str) -> None:
        self._dsn = dsn
        self._base = base
        self._halt = asyncio.Event()

    async def _beat(self, session: aiohttp.ClientSession) -> None:
        while True:
            async with session.get("/v5/market/time") as reply:
                reply.raise_for_status()
            await asyncio.sleep(10)

    async def _prune(self, pool: asyncpg.Pool) -> None:
        while True:
            await pool.execute("DELETE FROM beats WHERE at < now() - interval '1 day'", timeout=30)
            await asyncio.sleep(3600)

    async def _until_halt(self) -> None:
        await self._halt.wait()
        raise Halted

    async def run(self) -> None:
        try:
            await self._run()
        except* Halted:
            log.info("halted")

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._halt.set)
        async with AsyncExitStack() as stack:
            limit = aiohttp.ClientTimeout(total=5)
            session = aiohttp.ClientSession(self._base, timeout=limit)
            await stack.enter_async_context(session)
            pool = asyncpg.create_pool(self._dsn, timeout=3, command_timeout=10)
            await stack.enter_async_context(pool)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._beat(session), name="beat")
                group.create_task(self._prune(pool), name="prune")
                group.create_task(self._until_halt(), name="halt")
