"""The average entry price of a leg is computed from a state that may be old by then."""

import asyncio
from dataclasses import dataclass, replace
from decimal import Decimal


@dataclass(frozen=True)
class LegState:
    quantity: Decimal
    cost: Decimal


class LegBook:
    def __init__(self, fees) -> None:
        self.fees = fees
        self.state = LegState(Decimal(0), Decimal(0))

    async def on_fill(self, quantity: Decimal, price: Decimal) -> None:
        state = self.state
        async with asyncio.timeout(2):
            fee = await self.fees.rate()
        cost = state.cost + quantity * price * (1 + fee)
        self.state = replace(state, quantity=state.quantity + quantity, cost=cost)  # expect: D24
