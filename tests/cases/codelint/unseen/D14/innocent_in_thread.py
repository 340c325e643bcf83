"""SQLite opened, used and closed inside one function that runs in a thread."""

import asyncio
import sqlite3
from contextlib import closing


class Bookmarks:
    def __init__(self, path: str) -> None:
        self._path = path

    def _load(self) -> dict[str, int]:
        with closing(sqlite3.connect(self._path, timeout=2)) as db:
            return dict(db.execute("SELECT topic, ts_us FROM bookmarks"))

    async def load(self) -> dict[str, int]:
        return await asyncio.wait_for(asyncio.to_thread(self._load), 5)
