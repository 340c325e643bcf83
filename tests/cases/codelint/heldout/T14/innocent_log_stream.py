"""A stream of log lines to a viewer: nothing is owned that could be reconciled."""

import asyncio
import random


async def ship_logs(connect, lines):
    failures = 0
    while True:
        try:
            sink = await connect(timeout=10)
            failures = 0
            async for line in lines:
                await sink.write(line)
        except ConnectionError:
            failures += 1
            await asyncio.sleep(min(2**failures, 60) * random.uniform(0.5, 1))
