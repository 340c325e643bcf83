"""Between the cancel and the new stop the leg stands naked."""

import asyncio


class StopMover:
    def __init__(self, client, ids):
        self.client = client
        self.ids = ids

    async def move_stop(self, leg, trigger_price):
        async with asyncio.timeout(3):
            await self.client.cancel_order(  # expect: T16@move
                leg.symbol, client_order_id=leg.stop_id
            )
        async with asyncio.timeout(3):
            order = await self.client.place_order(  # expect: T16@move
                symbol=leg.symbol,
                side=leg.closing_side,
                order_type="StopMarket",
                trigger_price=trigger_price,
                quantity=leg.quantity,
                position_idx=leg.position_idx,
                client_order_id=self.ids.stop(leg),
                reduce_only=True,
            )
        leg.stop_id = order.client_order_id
