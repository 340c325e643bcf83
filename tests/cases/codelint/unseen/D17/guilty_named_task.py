"""Stops are placed in the background, one named task for each leg."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Leg:
    symbol: str
    position_idx: int
    stop: Decimal


class Guard:
    def __init__(self, desk) -> None:
        self.desk = desk

    async def protect(self, leg: Leg) -> None:
        async with asyncio.timeout(3):
            await self.desk.set_stop(leg.symbol, leg.position_idx, leg.stop)

    async def protect_all(self, legs: list[Leg]) -> None:
        for leg in legs:
            asyncio.create_task(self.protect(leg), name=f"stop-{leg.symbol}")  # expect: D17
