"""`acquire` of a connection pool used as a context manager, and of our own token object."""


class Tokens:
    def __init__(self):
        self.left = 10

    def acquire(self):
        self.left -= 1
        return self.left >= 0


async def fetch(pool, tokens: Tokens, symbol):
    if not tokens.acquire():
        return []
    async with pool.acquire(timeout=3) as conn:
        return await conn.fetch("SELECT id FROM orders WHERE symbol = $1", symbol, timeout=3)
