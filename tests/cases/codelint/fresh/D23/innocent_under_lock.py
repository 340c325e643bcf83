"""Checked and set under one lock; or set before the await."""

import asyncio
from dataclasses import dataclass, field


@dataclass
class Once:
    guard: asyncio.Lock = field(default_factory=asyncio.Lock)
    prepared: bool = False
    busy: bool = False

    async def prepare(self, action) -> None:
        async with self.guard:
            if not self.prepared:
                await asyncio.to_thread(action)
                self.prepared = True

    async def claim(self, action) -> bool:
        if self.busy:
            return False
        self.busy = True
        await action()
        return True
