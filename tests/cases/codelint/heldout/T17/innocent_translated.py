"""Errors become typed outcomes, are counted and raised, or are expected answers."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    client_order_id: str
    is_known: bool
    reason: str = ""


class OrderNotFoundError(Exception):
    pass


class Gateway:
    def __init__(self, rest, resolver):
        self.rest = rest
        self.resolver = resolver

    async def submit(self, order):
        try:
            async with asyncio.timeout(3):
                await self.rest.place_order(
                    symbol=order.symbol,
                    side=order.side,
                    quantity=order.quantity,
                    position_idx=order.position_idx,
                    client_order_id=order.client_order_id,
                    reduce_only=order.reduce_only,
                )
        except (TimeoutError, ConnectionError) as error:
            self.resolver.add(order)
            return Outcome(client_order_id=order.client_order_id, is_known=False, reason=str(error))
        return Outcome(client_order_id=order.client_order_id, is_known=True)

    async def cancel(self, symbol, client_order_id):
        try:
            async with asyncio.timeout(3):
                await self.rest.cancel_order(symbol, client_order_id=client_order_id)
        except OrderNotFoundError:
            return await self.resolver.settle(client_order_id)
        return None
