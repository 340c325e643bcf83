"""Queries glued from values."""


class OrderStore:
    def __init__(self, pool):
        self.pool = pool

    async def by_symbol(self, symbol: str):
        return await self.pool.fetch(  # expect: S09
            f"SELECT * FROM orders WHERE symbol = '{symbol}'", timeout=5
        )

    async def set_status(self, order_id: str, status: str):
        query = "UPDATE orders SET status = '%s' WHERE order_id = '%s'" % (  # expect: S09@status
            status,
            order_id,
        )
        await self.pool.execute(query, timeout=5)  # expect: S09@status

    async def search(self, text: str):
        sql = "SELECT * FROM signals WHERE note LIKE '%" + text + "%'"  # expect: S09@search
        return await self.pool.fetch(sql, timeout=5)  # expect: S09@search
