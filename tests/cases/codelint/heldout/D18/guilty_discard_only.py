"""The task is kept, and its failure is thrown away with it."""

import asyncio


class Hub:
    def __init__(self, source):
        self.source = source
        self.monitor = None
        self.refresher = None

    async def __aenter__(self):
        self.monitor = asyncio.create_task(self._watch())  # expect: D18
        self.refresher = asyncio.get_running_loop().create_task(self._refresh())  # expect: D18
        return self

    async def __aexit__(self, *error):
        self.monitor.cancel()
        self.refresher.cancel()

    async def _watch(self):
        while True:
            await self.source.check()
            await asyncio.sleep(5)

    async def _refresh(self):
        while True:
            await self.source.refresh()
            await asyncio.sleep(60)
