"""Counters that add an awaited value: the left side is read before the await."""

from decimal import Decimal


class FundingLedger:
    def __init__(self, client):
        self.client = client
        self.paid = Decimal(0)
        self.rows = 0
        self.per_symbol: dict[str, Decimal] = {}

    async def add(self, symbol: str) -> None:
        self.paid += await self.client.funding_of(symbol)  # expect: D25
        self.rows += 1

    async def add_per_symbol(self, symbol: str) -> None:
        self.per_symbol[symbol] += await self.client.funding_of(symbol)  # expect: D25
