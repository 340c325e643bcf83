"""Funding paid is summed up for each symbol, with the await on the right."""

import asyncio
from collections import defaultdict
from decimal import Decimal


class FundingBook:
    def __init__(self, source) -> None:
        self.source = source
        self.paid: defaultdict[str, Decimal] = defaultdict(Decimal)

    async def _funding(self, symbol: str) -> Decimal:
        async with asyncio.timeout(3):
            return Decimal(await self.source.funding(symbol))

    async def add(self, symbol: str) -> None:
        self.paid[symbol] = self.paid[symbol] + await self._funding(symbol)  # expect: D25
