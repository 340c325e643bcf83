"""Failures become outcomes that are resolved, or are raised again."""

import asyncio
import logging

logger = logging.getLogger(__name__)


class OrderOutcomeUnknownError(Exception):
    """No answer came: the exchange must be asked."""


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
        except (TimeoutError, ConnectionError) as error:
            raise OrderOutcomeUnknownError(intent.client_order_id) from error

    async def cancel_order(self, symbol, client_order_id):
        try:
            async with asyncio.timeout(3):
                await self.client.cancel_order(symbol, client_order_id=client_order_id)
        except Exception:
            logger.exception("cancel of %s failed", client_order_id)
            raise
