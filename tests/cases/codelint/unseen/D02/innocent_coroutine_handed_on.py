"""The coroutine is bound to a name, decorated with a deadline, and awaited by who gets it."""

import asyncio
from collections.abc import Awaitable


async def mark_price(symbol: str, prices: dict[str, str]) -> str:
    await asyncio.sleep(0)
    return prices[symbol]


async def bounded(work: Awaitable[str], seconds: int) -> str:
    return await asyncio.wait_for(work, seconds)


async def mark_or_stale(symbol: str, prices: dict[str, str], stale: dict[str, str]) -> str:
    asked = mark_price(symbol, prices)
    try:
        return await bounded(asked, 2)
    except TimeoutError:
        return f"stale {stale[symbol]}"
