"""Swallowed by a narrow except, by a decorator and by a loop."""

import asyncio
import functools
import logging

logger = logging.getLogger(__name__)


def quiet(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        try:
            return await function(*args, **kwargs)
        except Exception as error:  # expect: T17@quiet
            logger.debug("%s: %s", function.__name__, error)
            return None

    return wrapper


class Gateway:
    def __init__(self, client):
        self.client = client

    @quiet  # expect: T17@quiet
    async def submit_order(self, order):
        return await self.client.submit(order, timeout=3)

    async def cancel_all_orders(self, orders):
        for order in list(orders):
            try:
                async with asyncio.timeout(3):
                    await self.client.cancel_order(order.symbol, order.client_order_id)
            except (OSError, ValueError) as error:  # expect: T17
                logger.info("not canceled: %s", error)

    async def fetch_open_orders(self, symbol):
        try:
            return await self.client.fetch_open_orders(symbol, timeout=3)
        except OSError:  # expect: T17
            return []
