"""The awaited value is bound first; or the target is a local."""

from decimal import Decimal


class FundingLedger:
    def __init__(self, client):
        self.client = client
        self.paid = Decimal(0)

    async def add(self, symbol: str) -> None:
        funding = await self.client.funding_of(symbol)
        self.paid += funding

    async def sum_all(self, symbols: list[str]) -> Decimal:
        total = Decimal(0)
        for symbol in symbols:
            total += await self.client.funding_of(symbol)
        return total
