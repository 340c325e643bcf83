"""Paper account: the balance is copied, the loop runs, the copy is written back."""

from decimal import Decimal


class PaperAccount:
    def __init__(self, fees):
        self.fees = fees
        self.balance = Decimal("10000")
        self.sequence = 0

    async def charge(self, fill) -> None:
        balance = self.balance
        fee = await self.fees.of(fill)
        self.balance = balance - fee  # expect: D24

    async def next_id(self, store) -> int:
        current = self.sequence
        await store.save_sequence(current + 1)
        self.sequence = current + 1  # expect: D24
        return current
