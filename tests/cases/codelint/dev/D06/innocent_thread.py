"""requests in a thread, and aiohttp under the same variable names."""

import asyncio
import functools

import aiohttp
import requests

BASE = "https://api.bybit.com"


async def server_time_threaded() -> int:
    reply = await asyncio.to_thread(requests.get, BASE + "/v5/market/time", timeout=5)
    return int(reply.json()["result"]["timeNano"]) // 1000


async def server_time_executor() -> int:
    loop = asyncio.get_running_loop()
    call = functools.partial(requests.get, BASE + "/v5/market/time", timeout=5)
    reply = await loop.run_in_executor(None, call)
    return int(reply.json()["result"]["timeNano"]) // 1000


async def server_time_async() -> int:
    limit = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(BASE, timeout=limit) as session:
        async with session.get("/v5/market/time") as response:
            body = await response.json()
    return int(body["result"]["timeNano"]) // 1000
