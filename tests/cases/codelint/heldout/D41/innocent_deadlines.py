"""Deadlines around get: outside the function's loop, by wait, by get_nowait."""

import asyncio


class Scheduler:
    def __init__(self):
        self.jobs = asyncio.PriorityQueue(maxsize=256)
        self.wake = asyncio.Event()
        self.acks = asyncio.Queue()

    async def next_job(self):
        return await self.jobs.get()

    async def drain(self):
        rows = []
        while not self.acks.empty():
            rows.append(self.acks.get_nowait())
        return rows

    async def login(self, stream):
        async with asyncio.timeout(5):
            await stream.send({"op": "login"})
            ack = await self.acks.get()
        return ack

    async def quick(self):
        try:
            return await asyncio.wait_for(self.acks.get(), 0.5)
        except TimeoutError:
            return None
