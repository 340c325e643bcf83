"""The stop is taken away by one method and set by the next."""

import asyncio


class SltpManager:
    def __init__(self, client):
        self.client = client

    async def _cancel_stop(self, leg):
        async with asyncio.timeout(3):
            await self.client.cancel_order(leg.symbol, client_order_id=leg.stop_id)

    async def _place_stop(self, leg, trigger_price):
        async with asyncio.timeout(3):
            await self.client.place_order(
                symbol=leg.symbol,
                side=leg.closing_side,
                order_type="StopMarket",
                trigger_price=trigger_price,
                quantity=leg.quantity,
                position_idx=leg.position_idx,
                client_order_id=leg.next_stop_id,
                reduce_only=True,
            )

    async def update_profit_protection(self, leg, trigger_price):
        if trigger_price == leg.stop_price:
            return
        await self._cancel_stop(leg)  # expect: T16@protect
        await self._place_stop(leg, trigger_price)  # expect: T16@protect
