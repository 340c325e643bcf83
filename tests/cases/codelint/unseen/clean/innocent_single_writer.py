"""One task owns the legs; everybody else sends it a message and gets a future back."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Change:
    symbol: str
    position_idx: int
    quantity: Decimal
    done: asyncio.Future[Decimal]


class LegOwner:
    def __init__(self, journal) -> None:
        self._journal = journal
        self._inbox: asyncio.Queue[Change] = asyncio.Queue(maxsize=1000)
        self._legs: dict[tuple[str, int], Decimal] = {}

    async def change(self, symbol: str, position_idx: int, quantity: Decimal) -> Decimal:
        done: asyncio.Future[Decimal] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait(Change(symbol, position_idx, quantity, done))
        return await asyncio.wait_for(done, 5)

    async def run(self, idle_s: int) -> None:
        while True:
            change = await asyncio.wait_for(self._inbox.get(), idle_s)
            await self._apply(change)

    async def _apply(self, change: Change) -> None:
        key = (change.symbol, change.position_idx)
        before = self._legs.get(key, Decimal(0))
        async with asyncio.timeout(2):
            await self._journal.write(key, change.quantity)
        self._legs[key] = before + change.quantity
        if not change.done.done():
            change.done.set_result(self._legs[key])
