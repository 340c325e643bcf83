"""Repeated by a library, by a decorator of our own, and by recursion: always without an id."""

import asyncio
import functools

import backoff


def again(times: int):
    def wrap(function):
        @functools.wraps(function)
        async def inner(*args, **kwargs):
            for left in reversed(range(times)):
                try:
                    return await function(*args, **kwargs)  # expect: D40@own
                except ConnectionError:
                    if not left:
                        raise
                    await asyncio.sleep(1)

        return inner

    return wrap


class Orders:
    def __init__(self, venue) -> None:
        self.venue = venue

    @backoff.on_exception(backoff.expo, ConnectionError, max_tries=4)  # expect: D40@library
    async def market(self, symbol, side, amount, position_idx):
        return await self.venue.create_order(  # expect: D40@library
            symbol, "market", side, amount, params={"positionIdx": position_idx}, timeout=3
        )

    @again(3)  # expect: D40@own
    async def limit(self, symbol, side, amount, price, position_idx):
        return await self.venue.create_order(  # expect: D40@own
            symbol, "limit", side, amount, price, params={"positionIdx": position_idx}, timeout=3
        )
