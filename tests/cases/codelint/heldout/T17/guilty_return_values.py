"""Failures on the order path that look like quiet answers."""

import asyncio

import structlog

log = structlog.get_logger()


class Gateway:
    def __init__(self, rest):
        self.rest = rest

    async def modify_order(self, symbol, client_order_id, price):
        try:
            async with asyncio.timeout(3):
                await self.rest.amend(symbol, client_order_id=client_order_id, price=price)
        except Exception as error:  # expect: T17
            log.warning("amend failed", error=str(error))
            return {}

    async def execute_partial_close(self, leg, quantity):
        order = None
        try:
            async with asyncio.timeout(3):
                order = await self.rest.place_order(
                    symbol=leg.symbol,
                    side=leg.closing_side,
                    quantity=quantity,
                    position_idx=leg.position_idx,
                    client_order_id=leg.close_id,
                    reduce_only=True,
                )
        except (TimeoutError, OSError):  # expect: T17
            log.info("partial close skipped", symbol=leg.symbol)
        return order
