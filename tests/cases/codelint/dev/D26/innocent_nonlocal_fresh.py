"""Closure state that is read after the await, in one breath with the write."""

import itertools


def make_counter(feed):
    total = 0
    numbers = itertools.count()

    async def add(symbol):
        nonlocal total
        volume = await feed.volume(symbol)
        total += volume
        return next(numbers), total

    return add


class Registry:
    live = 0

    @classmethod
    async def enter(cls, gate):
        await gate.wait_turn()
        cls.live += 1
