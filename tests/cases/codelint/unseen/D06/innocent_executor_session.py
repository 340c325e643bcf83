"""A blocking requests session that only ever runs in a pool of its own."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import requests


class NewsFeed:
    def __init__(self) -> None:
        self._http = requests.Session()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="news")

    def _fetch(self, topic: str) -> list[dict]:
        reply = self._http.get("https://news.example/api", params={"q": topic}, timeout=5)
        reply.raise_for_status()
        return reply.json()["items"]

    async def headlines(self, topic: str) -> list[dict]:
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._pool, partial(self._fetch, topic))
        return await asyncio.wait_for(work, 8)
