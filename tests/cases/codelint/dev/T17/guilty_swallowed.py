"""Order calls whose failure becomes None or False."""

import asyncio
import logging

logger = logging.getLogger(__name__)


class Executor:
    def __init__(self, client):
        self.client = client

    async def place_order(self, intent):
        try:
            async with asyncio.timeout(3):
                return await self.client.place_order(
                    symbol=intent.symbol,
                    side=intent.side,
                    quantity=intent.quantity,
                    position_idx=intent.position_idx,
                    client_order_id=intent.client_order_id,
                    reduce_only=intent.reduce_only,
                )
        except Exception as error:  # expect: T17
            logger.error("order failed: %s", error)
            return None

    async def cancel_order(self, symbol, client_order_id) -> bool:
        try:
            async with asyncio.timeout(3):
                await self.client.cancel_order(symbol, client_order_id=client_order_id)
        except Exception:  # expect: T17
            return False
        return True
