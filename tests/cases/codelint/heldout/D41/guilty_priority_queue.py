"""Unbounded queues of other kinds, awaited without a deadline."""

import asyncio as aio
from collections import defaultdict


class Scheduler:
    def __init__(self):
        self.jobs = aio.PriorityQueue()
        self.replies = defaultdict(aio.Queue)

    async def next_job(self):
        priority, job = await self.jobs.get()  # expect: D41
        return job

    async def reply_of(self, request_id):
        return await self.replies[request_id].get()  # expect: D41


async def consume(queue: aio.LifoQueue = aio.LifoQueue(0)):
    while (row := await queue.get()) is not None:  # expect: D41
        row.handle()
