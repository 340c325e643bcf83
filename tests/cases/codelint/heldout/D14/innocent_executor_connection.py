"""One thread owns the connection; coroutines submit functions to it."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor


class Cache:
    def __init__(self, name):
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._db = sqlite3.connect(name, timeout=3, check_same_thread=False)

    def _get(self, key):
        return self._db.execute("SELECT value FROM cache WHERE key = ?", (key,)).fetchone()

    async def get(self, key):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._get, key)

    def close(self):
        self._thread.shutdown()
        self._db.close()
