"""loop.create_task with the result dropped."""

import asyncio


class Feed:
    def __init__(self, source):
        self.source = source
        self.loop = asyncio.get_event_loop()

    def on_gap(self, symbol):
        self.loop.create_task(self.source.backfill(symbol))  # expect: D19

    async def on_open(self):
        loop = asyncio.get_running_loop()
        loop.create_task(self.source.subscribe())  # expect: D19
