import asyncio


class Registry:
    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        self.turn = asyncio.Lock()

    async def get(self, key: str, compute) -> str:
        async with self.turn:
            if key not in self.rows:
                self.rows[key] = await asyncio.to_thread(compute, key)
            return self.rows[key]

    async def merge(self, key: str, compute) -> str:
        if key in self.rows:
            return self.rows[key]
        fresh = await compute(key)
        return self.rows.setdefault(key, fresh)
