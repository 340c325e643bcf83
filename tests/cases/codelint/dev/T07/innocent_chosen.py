"""A market order by choice of the strategy; a failed limit order is reported."""

import asyncio


class Entry:
    def __init__(self, client, config):
        self.client = client
        self.config = config

    async def _place(self, intent, order_type, price=None):
        async with asyncio.timeout(3):
            return await self.client.place_order(
                symbol=intent.symbol,
                side=intent.side,
                order_type=order_type,
                price=price,
                quantity=intent.quantity,
                position_idx=intent.position_idx,
                client_order_id=intent.client_order_id,
                reduce_only=False,
            )

    async def enter(self, intent):
        if self.config.entry_type == "Market":
            return await self._place(intent, "Market")
        return await self._place(intent, "Limit", intent.price)

    async def enter_passive(self, intent, log):
        try:
            return await self._place(intent, "Limit", intent.price)
        except ConnectionError as error:
            log.error("entry %s failed: %s", intent.client_order_id, error)
            raise
