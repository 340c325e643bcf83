"""sqlite in one worker thread of its own."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor


class Notes:
    def __init__(self, path: str) -> None:
        self.path = path
        self.worker = ThreadPoolExecutor(max_workers=1)

    def _count(self) -> int:
        with sqlite3.connect(self.path, timeout=2) as db:
            return db.execute("SELECT count(*) FROM notes").fetchone()[0]

    async def count(self) -> int:
        return await asyncio.get_running_loop().run_in_executor(self.worker, self._count)


def is_locked(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
