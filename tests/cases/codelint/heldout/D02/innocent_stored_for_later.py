"""Coroutine objects put into a container, a field, or handed to a runner, and awaited there."""

import asyncio


async def load(source, symbol):
    return await source.read(symbol)


class Batch:
    def __init__(self):
        self.pending = {}

    def add(self, source, symbol):
        coro = load(source, symbol)
        self.pending[symbol] = coro

    async def run(self):
        names, coros = list(self.pending), list(self.pending.values())
        self.pending.clear()
        return dict(zip(names, await asyncio.gather(*coros), strict=True))


async def conditional(source, symbol, wanted):
    coro = load(source, symbol)
    if not wanted:
        coro.close()
        return None
    return await coro
