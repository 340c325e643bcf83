import asyncio
import os

import aiofiles.os


async def exists(path: str) -> bool:
    return await aiofiles.os.path.exists(path)


async def names(folder: str) -> list[str]:
    return sorted(await asyncio.to_thread(os.listdir, folder))


def main(folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    print(asyncio.run(names(folder)))
