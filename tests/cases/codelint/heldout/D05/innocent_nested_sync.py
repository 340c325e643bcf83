"""The blocking function is defined inside the coroutine, and runs in a thread."""

import asyncio
import time


async def wait_for_file(marker):
    def poll():
        for _ in range(50):
            if marker.is_file():
                return True
            time.sleep(0.1)
        return False

    return await asyncio.to_thread(poll)
