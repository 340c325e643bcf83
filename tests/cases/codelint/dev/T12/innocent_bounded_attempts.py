"""A read with five attempts: its delay cannot grow without bound."""

import asyncio


async def read_with_retry(read):
    delay_s = 0.2
    for _ in range(4):
        try:
            async with asyncio.timeout(5):
                return await read()
        except ConnectionError:
            await asyncio.sleep(delay_s)
            delay_s *= 2
    async with asyncio.timeout(5):
        return await read()
