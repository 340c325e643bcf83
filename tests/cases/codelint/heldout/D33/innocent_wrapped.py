"""Deadlines by a decorator, by a wrapper method, and around a gather."""

import asyncio
import functools


def with_deadline(seconds):
    def decorate(function):
        @functools.wraps(function)
        async def wrapper(*args, **kwargs):
            async with asyncio.timeout(seconds):
                return await function(*args, **kwargs)

        return wrapper

    return decorate


class Flatten:
    def __init__(self, clients):
        self.clients = clients

    async def _bounded(self, call):
        return await asyncio.wait_for(call, timeout=3)

    async def everywhere(self, symbol):
        calls = [self._bounded(client.cancel_all_orders(symbol)) for client in self.clients]
        return await asyncio.gather(*calls)

    async def everywhere_at_once(self, symbol):
        async with asyncio.timeout(3):
            return await asyncio.gather(*(c.cancel_all_orders(symbol) for c in self.clients))

    @with_deadline(3)
    async def one(self, client, order):
        await client.cancel_order(order.symbol, order.client_order_id)
