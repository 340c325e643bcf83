"""The stored task is awaited by whoever needs its value."""

import asyncio


class Lazy:
    def __init__(self, loader):
        self._loader = loader
        self._task = None

    def start(self):
        self._task = asyncio.create_task(self._loader())

    async def value(self):
        if self._task is None:
            raise RuntimeError("start() was not called")
        async with asyncio.timeout(10):
            return await asyncio.shield(self._task)
