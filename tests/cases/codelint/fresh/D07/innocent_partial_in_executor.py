import asyncio
import functools

import requests


def download(url: str, timeout_s: int) -> bytes:
    return requests.get(url, timeout=timeout_s).content


async def archive(url: str) -> bytes:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, functools.partial(download, url, timeout_s=30))


async def archives(urls: list[str]) -> list[bytes]:
    return await asyncio.gather(*(asyncio.to_thread(download, url, 30) for url in urls))
