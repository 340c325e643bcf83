"""The module's counter is read and written under one lock of the module."""

import asyncio

_lock = asyncio.Lock()
_sequence = 0


async def next_sequence(store: dict[str, int]) -> int:
    global _sequence
    async with _lock:
        current = _sequence
        await asyncio.sleep(0)
        _sequence = current + 1
        store["sequence"] = _sequence
        return _sequence
