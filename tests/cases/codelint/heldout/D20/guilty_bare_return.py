class Health:
    def __init__(self, pool):
        self.pool = pool

    async def check(self):
        try:
            async with self.pool.acquire(timeout=2) as conn:
                await conn.fetchval("SELECT 1", timeout=2)
            return True
        except:  # expect: D20
            return False
