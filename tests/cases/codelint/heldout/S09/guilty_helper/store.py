from .query import where


class Store:
    def __init__(self, pool):
        self.pool = pool

    async def find(self, symbol):
        return await self.pool.fetch(where("orders", "symbol", symbol), timeout=5)  # expect: S09@where
