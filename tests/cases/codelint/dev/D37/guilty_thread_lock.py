"""A thread lock held across an await stops the loop for every other taker."""

import threading


class Cache:
    def __init__(self, source):
        self.source = source
        self.lock = threading.Lock()
        self.rows = {}

    async def refresh(self, symbol):
        with self.lock:  # expect: D37@refresh
            self.rows[symbol] = await self.source.read(symbol)  # expect: D37@refresh

    def get(self, symbol):
        with self.lock:
            return self.rows.get(symbol)
