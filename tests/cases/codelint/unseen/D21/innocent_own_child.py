"""The canceller waits for the child that it has cancelled itself: this is no swallowing."""

import asyncio
import contextlib


class Ticker:
    def __init__(self) -> None:
        self._child: asyncio.Task[None] | None = None
        self.count = 0

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.count += 1

    async def start(self) -> None:
        self._child = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        if self._child is None:
            return
        self._child.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._child
        self._child = None
