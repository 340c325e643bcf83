"""Other primitives of threading, held across awaits."""

import threading as th


class Slots:
    def __init__(self, source):
        self.source = source
        self.slots = th.BoundedSemaphore(2)
        self.changed = th.Condition()

    async def read(self, key):
        with self.slots:  # expect: D37@read
            return await self.source.read(key)  # expect: D37@read

    async def update(self, key):
        with self.changed:  # expect: D37@update
            async for row in self.source.rows(key):  # expect: D37@update
                row.apply()
            self.changed.notify_all()
