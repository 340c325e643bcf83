"""Shielded clean-up, synchronous clean-up, and clean-up by context manager."""

import asyncio


class Session:
    def __init__(self, store):
        self.store = store
        self.open = 0

    async def work(self, lease, job):
        self.open += 1
        try:
            return await job()
        finally:
            self.open -= 1
            await asyncio.shield(lease.give_back())

    async def work_bounded(self, lease, job):
        try:
            return await job()
        finally:
            await asyncio.wait_for(asyncio.shield(lease.give_back()), timeout=3)

    async def work_with(self, lease, job):
        async with lease:
            return await job()
