"""A supervisor that starts its job again whatever happens to it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


class Supervisor:
    def __init__(self, job: Callable[[], Awaitable[None]], pause_s: int = 5) -> None:
        self._job = job
        self._pause_s = pause_s
        self.restarts = 0

    async def run(self) -> None:
        while True:
            try:
                await self._job()
            except BaseException as error:  # expect: D22
                log.error("job ended: %r", error)
                self.restarts += 1
            await asyncio.sleep(self._pause_s)
