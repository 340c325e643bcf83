"""A semaphore that bounds parallel requests is held across the network on purpose."""

import asyncio


class Downloader:
    def __init__(self, session, parallel: int):
        self.session = session
        self.slots = asyncio.Semaphore(parallel)

    async def get(self, url: str) -> bytes:
        async with self.slots:
            async with self.session.get(url, timeout=10) as response:
                return await response.read()
