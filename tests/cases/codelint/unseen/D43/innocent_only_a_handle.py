"""A session and a socket that are closed in a finally: they die with their process."""

import aiohttp


async def first_message(url: str) -> str:
    session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
    try:
        socket = await session.ws_connect(url, timeout=5)
        try:
            return await socket.receive_str(timeout=5)
        finally:
            await socket.close()
    finally:
        await session.close()
