"""The local is refreshed after the await; the old one is only compared."""

from decimal import Decimal


class Book:
    def __init__(self, journal):
        self.journal = journal
        self.quantity = Decimal(0)
        self.highest = Decimal(0)

    async def on_fill(self, fill):
        quantity = self.quantity
        await self.journal.write(fill, quantity)
        quantity = self.quantity
        self.quantity = quantity + fill.last_qty

    async def on_price(self, price):
        await self.journal.note(price)
        highest = self.highest
        if price > highest:
            self.highest = price

    async def reset(self):
        old, self.quantity = self.quantity, Decimal(0)
        await self.journal.note(old)
        return old
