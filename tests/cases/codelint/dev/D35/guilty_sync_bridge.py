import asyncio


async def read_rows(pool):
    return await pool.fetch("SELECT symbol FROM instruments", timeout=5)


def rows_sync(pool):
    return asyncio.run(read_rows(pool))  # expect: D35@bridge


class Catalog:
    def __init__(self, pool):
        self.pool = pool

    async def symbols(self):
        return [row["symbol"] for row in rows_sync(self.pool)]  # expect: D35@bridge
