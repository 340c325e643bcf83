"""Taken in the other order, but never together."""

import asyncio


class Shelf:
    def __init__(self) -> None:
        self.left = asyncio.Lock()
        self.right = asyncio.Lock()
        self.items: list[str] = []

    async def fill(self, name: str) -> None:
        async with self.left:
            async with self.right:
                self.items.append(name)

    async def drain(self) -> list[str]:
        async with self.right:
            items = list(self.items)
        async with self.left:
            self.items.clear()
        return items
