import asyncio
import itertools
import random


async def keep_connected(connect, resubscribe, resync, pump):
    for attempt in itertools.count():  # expect: T12@keep
        try:
            socket = await connect(timeout=10)
            await resubscribe(socket)
            await resync()
            await pump(socket)
        except ConnectionError:
            await asyncio.sleep(random.uniform(0, 0.5 * 2**attempt))  # expect: T12@keep
