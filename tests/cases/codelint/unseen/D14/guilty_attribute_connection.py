"""Seen execution ids are kept in SQLite, asked for at each message."""

import sqlite3


class SeenExecutions:
    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path, timeout=2)
        self._db.execute("CREATE TABLE IF NOT EXISTS seen (exec_id TEXT PRIMARY KEY)")

    async def is_new(self, exec_id: str) -> bool:
        sql = "INSERT OR IGNORE INTO seen VALUES (?)"
        cursor = self._db.execute(sql, (exec_id,))  # expect: D14
        return cursor.rowcount == 1

    def close(self) -> None:
        self._db.close()
