"""Messages of the socket thread are turned into tasks on the engine's loop."""

import asyncio


class Bridge:
    def __init__(self, handler) -> None:
        self.loop = asyncio.get_running_loop()
        self.handler = handler

    async def _handle(self, message: dict) -> None:
        async with asyncio.timeout(2):
            await self.handler(message)

    def deliver(self, message: dict) -> None:
        self.loop.create_task(self._handle(message))  # expect: D19
