"""Stream whose pump may die without anybody noticing."""

import asyncio


class Stream:
    def __init__(self, socket, handler):
        self.socket = socket
        self.handler = handler
        self._pump_task: asyncio.Task | None = None

    async def start(self):
        self._pump_task = asyncio.create_task(self._pump())  # expect: D18

    async def stop(self):
        if self._pump_task is not None:
            self._pump_task.cancel()
            self._pump_task = None

    async def _pump(self):
        async for message in self.socket:
            await self.handler(message)
