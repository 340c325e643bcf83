"""The lock is inside a nested synchronous function, or released before the await."""

import asyncio
import threading


class Prices:
    def __init__(self, source):
        self.source = source
        self.guard = threading.Lock()
        self.rows = {}

    async def store(self, row):
        def put():
            with self.guard:
                self.rows[row.symbol] = row

        await asyncio.to_thread(put)

    async def send(self, sink):
        self.guard.acquire()
        try:
            rows = list(self.rows.values())
        finally:
            self.guard.release()
        await sink.write(rows)
