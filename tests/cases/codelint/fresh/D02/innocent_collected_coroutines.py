"""Coroutines put aside and awaited together a few lines later."""

import asyncio


async def candle(symbol: str) -> tuple[str, int]:
    await asyncio.sleep(0)
    return symbol, 1


async def candles(symbols: list[str]) -> dict[str, int]:
    jobs = [candle(symbol) for symbol in symbols]
    extra = candle("BTCUSDT")
    rows = await asyncio.gather(extra, *jobs)
    return dict(rows)


async def by_name(symbols: list[str]) -> list[tuple[str, int]]:
    waiting = {symbol: candle(symbol) for symbol in symbols}
    return [await job for job in waiting.values()]
