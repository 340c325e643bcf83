"""Values copied out of state, an await, and the copy written back."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class LegState:
    quantity: Decimal = Decimal(0)
    legs: dict = field(default_factory=dict)


class Book:
    def __init__(self, journal):
        self.journal = journal
        self.state = LegState()
        self.counter = 0

    async def on_fill(self, fill):
        quantity = self.state.quantity
        await self.journal.write(fill)
        self.state.quantity = quantity + fill.last_qty  # expect: D24

    async def on_partial(self, fill):
        held = self.state.legs.get(fill.position_idx, Decimal(0))
        await self.journal.write(fill)
        remaining = held - fill.last_qty
        self.state.legs[fill.position_idx] = remaining  # expect: D24

    async def tag(self, order):
        number = self.counter + 1
        order.tag = await self.journal.tag(number)
        self.counter = number  # expect: D24
        return order
