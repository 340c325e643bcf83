"""Module state under a module lock, and a shadowing local."""

import asyncio

_lock = asyncio.Lock()
_level = 0


async def raise_level(work) -> int:
    global _level
    async with _lock:
        level = _level
        step = await asyncio.to_thread(work, level)
        _level = level + step
        return _level


async def shadow(work) -> int:
    _level = 0
    for _ in range(3):
        before = _level
        step = await work(before)
        _level = before + step
    return _level
