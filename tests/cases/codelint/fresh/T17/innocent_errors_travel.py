"""Errors are translated and raised, or become an outcome that names them."""

import asyncio
import logging
from dataclasses import dataclass

log = logging.getLogger(__name__)


class OrderError(Exception):
    """An order call failed; its outcome may be unknown."""


@dataclass(frozen=True)
class Failed:
    client_order_id: str
    reason: str


class Desk:
    def __init__(self, client) -> None:
        self.client = client

    async def cancel(self, order) -> None:
        try:
            async with asyncio.timeout(3):
                await self.client.cancel_order(order.symbol, order.client_order_id)
        except (OSError, TimeoutError) as error:
            log.error("cancel of %s: %s", order.client_order_id, error)
            raise OrderError(order.client_order_id) from error

    async def cancel_each(self, orders) -> list[Failed]:
        failed = []
        for order in orders:
            try:
                await self.cancel(order)
            except OrderError as error:
                failed.append(Failed(order.client_order_id, str(error.__cause__)))
        return failed
