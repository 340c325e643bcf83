"""sqlite3 under other names."""

import contextlib
import sqlite3 as lite


class Cache:
    def __init__(self, name):
        self._db = lite.connect(name, timeout=3, check_same_thread=False)
        self._db.row_factory = lite.Row

    async def get(self, key):
        with contextlib.closing(self._db.cursor()) as cursor:
            cursor.execute("SELECT value FROM cache WHERE key = ?", (key,))  # expect: D14
            return cursor.fetchone()

    async def vacuum(self):
        self._db.executescript("VACUUM; ANALYZE;")  # expect: D14
