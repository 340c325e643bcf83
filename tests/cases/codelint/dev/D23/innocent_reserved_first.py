"""The state changes before the await: nobody can come between check and act."""

import asyncio
from decimal import Decimal


class ExposureGate:
    def __init__(self, client, limit: Decimal):
        self.client = client
        self.limit = limit
        self.exposure = Decimal(0)
        self._busy = False

    async def enter(self, order) -> bool:
        if self.exposure + order.notional > self.limit:
            return False
        self.exposure += order.notional
        try:
            async with asyncio.timeout(3):
                await self.client.send(order)
        except ConnectionRefusedError:
            self.exposure -= order.notional
            raise
        return True

    async def rebalance(self, plan) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            await plan.run()
        finally:
            self._busy = False
