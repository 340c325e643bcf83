from collections.abc import Awaitable, Callable

import anyio


async def retry(job: Callable[[], Awaitable[bool]], sleep=anyio.sleep) -> bool:
    for pause_s in (0.1, 0.5, 2.0):
        if await job():
            return True
        await sleep(pause_s)
    return False
