"""A fresh loop for one query: not while another one runs in this thread."""

import asyncio

import aiohttp


async def server_time(base: str) -> int:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session:
        async with session.get(f"{base}/v5/market/time") as reply:
            return int((await reply.json())["time"])


async def drift_ms(base: str, local_ms: int) -> int:
    loop = asyncio.new_event_loop()
    try:
        remote_ms = loop.run_until_complete(server_time(base))  # expect: D36
    finally:
        loop.close()
    return remote_ms - local_ms
