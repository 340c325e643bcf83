import asyncio


class Store:
    def __init__(self):
        self._mutex = asyncio.Lock()
        self.rows = {}

    async def get(self, key):
        async with self._mutex:
            return self.rows.get(key)

    async def get_or_default(self, key, default):
        found = await self.get(key)
        return default if found is None else found

    async def increment(self, key):
        async with self._mutex:
            value = await self.get_or_default(key, 0)  # expect: D30
            self.rows[key] = value + 1

    async def copy(self, left, right):
        async with self._mutex:
            self.rows[right] = await Store.get(self, left)  # expect: D30
