"""The locked method is only started under the lock; it runs when the lock is free."""

import asyncio


class Table:
    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.rows: list[int] = []

    async def add(self, row: int) -> None:
        async with self.turn:
            self.rows.append(row)

    async def refill(self, row: int) -> None:
        async with self.turn:
            self.rows.clear()
            task = asyncio.create_task(self.add(row))
        await task
