"""Functions of os and os.path that only work on strings and the environment."""

import asyncio
import os


async def archive_name(folder: str, symbol: str, day: str) -> str:
    await asyncio.sleep(0)
    name = os.path.join(folder, symbol, day)
    root, _ = os.path.splitext(os.path.basename(name))
    return root + os.sep + str(os.getpid())


async def region() -> str:
    await asyncio.sleep(0)
    return os.environ["BOT_REGION"]
