"""asyncio's semaphore and condition under the names of threading's."""

from asyncio import Condition, Lock, Semaphore


class Slots:
    def __init__(self, source):
        self.source = source
        self.slots = Semaphore(2)
        self.lock = Lock()
        self.changed = Condition()
        self.version = 0

    async def bump(self, compute):
        async with self.lock:
            self.version += compute(self.version)
        async with self.changed:
            self.changed.notify_all()

    async def read(self, key):
        async with self.slots:
            return await self.source.read(key)
