"""Order calls whose errors become a log line."""

import asyncio
import contextlib
import logging

import ccxt.async_support as ccxt

log = logging.getLogger(__name__)


class Desk:
    def __init__(self, venue: ccxt.okx) -> None:
        self.venue = venue

    async def enter(self, order) -> dict | None:
        try:
            async with asyncio.timeout(3):
                return await self.venue.create_order(
                    order.symbol, "limit", order.side, order.amount, order.price, order.params
                )
        except ccxt.BaseError as error:  # expect: T17
            log.warning("order: %s", error)

    async def protect(self, leg, stop) -> None:
        with contextlib.suppress(ccxt.BaseError, TimeoutError):  # expect: T17
            async with asyncio.timeout(3):
                await self.venue.set_trading_stop(leg, stop)

    async def cancel(self, orders) -> int:
        canceled = 0
        for order in orders:
            try:
                async with asyncio.timeout(3):
                    await self.venue.cancel_order(order.order_id, order.symbol)
                canceled += 1
            except Exception:  # expect: T17
                continue
        return canceled
