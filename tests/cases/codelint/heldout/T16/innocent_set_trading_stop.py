"""The exchange replaces the stop in one request; take-profits may go first."""

import asyncio


class SltpManager:
    def __init__(self, client):
        self.client = client

    async def update_profit_protection(self, leg, trigger_price):
        async with asyncio.timeout(3):
            await self.client.set_trading_stop(
                leg.symbol, position_idx=leg.position_idx, stop_loss=trigger_price
            )

    async def replace_take_profit(self, leg, level):
        async with asyncio.timeout(3):
            await self.client.cancel_order(leg.symbol, client_order_id=level.client_order_id)
        async with asyncio.timeout(3):
            await self.client.place_order(
                symbol=leg.symbol,
                side=leg.closing_side,
                order_type="Limit",
                price=level.price,
                quantity=level.quantity,
                position_idx=leg.position_idx,
                client_order_id=level.next_id,
                reduce_only=True,
            )
