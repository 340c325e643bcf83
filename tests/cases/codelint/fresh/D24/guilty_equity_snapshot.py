"""The old value travels through a local over an await and is written back."""

from decimal import Decimal


class Sleeve:
    def __init__(self, fees, journal) -> None:
        self.fees = fees
        self.journal = journal
        self.cash = Decimal("1000")
        self.counts: dict[str, int] = {}
        self.tags: tuple[str, ...] = ()

    async def pay(self, amount: Decimal) -> None:
        left = self.cash - amount
        await self.journal.write("pay", amount)
        self.cash = left  # expect: D24

    async def count(self, symbol: str) -> int:
        seen = self.counts.get(symbol, 0)
        await self.journal.write("count", symbol)
        self.counts[symbol] = seen + 1  # expect: D24|D27
        return seen

    async def tag(self, name: str) -> None:
        tags = self.tags
        checked = await self.fees.check(name)
        self.tags = (*tags, checked)  # expect: D24
