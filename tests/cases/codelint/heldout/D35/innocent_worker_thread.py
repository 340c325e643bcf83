"""A thread with its own loop, started from a coroutine."""

import asyncio
import threading


async def pump(source):
    async for row in source:
        row.handle()


class PumpThread(threading.Thread):
    def __init__(self, source):
        super().__init__(daemon=True, name="pump")
        self.source = source

    def run(self):
        asyncio.run(pump(self.source))


async def start(source):
    thread = PumpThread(source)
    thread.start()
    return thread
