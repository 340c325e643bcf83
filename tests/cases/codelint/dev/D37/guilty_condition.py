"""threading.Condition and Semaphore around awaits."""

import threading


class Feed:
    def __init__(self, source):
        self.source = source
        self.ready = threading.Condition()
        self.slots = threading.Semaphore(4)

    async def one(self):
        with self.slots:  # expect: D37@one
            row = await self.source.read()  # expect: D37@one
        return row

    async def all(self):
        with self.ready:  # expect: D37@all
            rows = [row async for row in self.source]  # expect: D37@all
            self.ready.notify_all()
        return rows
