"""anyio's scopes, a deadline in a decorator, and one in the client."""

import asyncio
import functools

import anyio


def within(seconds: float):
    def wrap(function):
        @functools.wraps(function)
        async def inner(*args, **kwargs):
            async with asyncio.timeout(seconds):
                return await function(*args, **kwargs)

        return inner

    return wrap


class Canceller:
    def __init__(self, exchange) -> None:
        self.exchange = exchange

    async def one(self, order) -> dict:
        with anyio.fail_after(3):
            return await self.exchange.cancel_order(order.symbol, order.client_order_id)

    @within(3)
    async def other(self, order) -> dict:
        return await self.exchange.cancel_order(order.symbol, order.client_order_id)
