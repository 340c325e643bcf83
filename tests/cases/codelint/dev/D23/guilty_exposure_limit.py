"""Exposure limit that two signals can pass together."""

import asyncio
from decimal import Decimal


class ExposureGate:
    def __init__(self, client, limit: Decimal):
        self.client = client
        self.limit = limit
        self.exposure = Decimal(0)

    async def enter(self, order) -> bool:
        if self.exposure + order.notional > self.limit:  # expect: D23@limit
            return False
        async with asyncio.timeout(3):
            await self.client.place_order(
                symbol=order.symbol,
                side=order.side,
                position_idx=order.position_idx,
                quantity=order.quantity,
                client_order_id=order.client_order_id,
                reduce_only=False,
            )
        self.exposure += order.notional  # expect: D23@limit
        return True
