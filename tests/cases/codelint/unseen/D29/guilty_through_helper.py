"""Two locks of the module; one path takes the second inside a function that it calls."""

import asyncio

book_lock = asyncio.Lock()
risk_lock = asyncio.Lock()
book: dict[str, int] = {}
used: dict[str, int] = {}


async def reserve(symbol: str, amount: int) -> None:
    async with risk_lock:
        used[symbol] = used.get(symbol, 0) + amount


async def on_fill(symbol: str, quantity: int) -> None:
    async with book_lock:
        book[symbol] = book.get(symbol, 0) + quantity
        await reserve(symbol, -quantity)  # expect: D29


async def rebalance(symbol: str) -> int:
    async with risk_lock:
        free = 100 - used.get(symbol, 0)
        async with book_lock:  # expect: D29
            return free - book.get(symbol, 0)
