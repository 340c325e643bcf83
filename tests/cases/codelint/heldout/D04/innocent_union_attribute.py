"""Sync methods on attributes whose class also has awaited ones; property objects; super()."""

import collections


class Store:
    def __init__(self):
        self.rows = collections.deque(maxlen=100)

    async def flush(self):
        self.rows.clear()

    def append(self, row):
        self.rows.append(row)

    @property
    def size(self):
        return len(self.rows)


class LoggedStore(Store):
    def append(self, row):
        super().append(row)

    async def flush(self):
        await super().flush()


class App:
    def __init__(self, store: LoggedStore | None = None):
        self.store = store or LoggedStore()

    async def on_row(self, row):
        self.store.append(row)
        if self.store.size > 90:
            await self.store.flush()
