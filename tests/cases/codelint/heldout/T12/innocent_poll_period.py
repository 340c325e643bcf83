"""A period that adapts to the market is no back-off."""

import asyncio


async def poll(read, period_s, active):
    while active():
        rows = await read(timeout=5)
        period_s = max(1, min(period_s + (1 if not rows else -1), 60))
        await asyncio.sleep(period_s)
