"""The value is read again after the await; or never leaves the local scope."""

from decimal import Decimal


class PaperAccount:
    def __init__(self, fees):
        self.fees = fees
        self.balance = Decimal("10000")
        self.last_report = ""

    async def charge(self, fill) -> None:
        before = self.balance
        fee = await self.fees.of(fill)
        self.balance = self.balance - fee
        self.last_report = f"fee {fee} of {fill.symbol}, balance was {before}"

    async def total(self, fills) -> Decimal:
        total = Decimal(0)
        for fill in fills:
            before = total
            fee = await self.fees.of(fill)
            total = before + fee
        return total
