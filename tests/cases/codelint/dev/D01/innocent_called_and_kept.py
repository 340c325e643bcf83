"""Calls of coroutine functions whose result is awaited later, returned or gathered."""

import asyncio
from collections.abc import Awaitable


async def load_candles(source, symbol):
    return await source.read(symbol)


def load_later(source, symbol) -> Awaitable[list]:
    return load_candles(source, symbol)


async def warm_up(source, symbols):
    pending = [load_candles(source, symbol) for symbol in symbols]
    results = await asyncio.gather(*pending)
    first = load_later(source, symbols[0])
    return results, await first
