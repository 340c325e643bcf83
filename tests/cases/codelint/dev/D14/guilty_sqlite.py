"""Dry-run journal on sqlite3 without a thread."""

import sqlite3


async def remember_fill(path: str, exec_id: str, symbol: str) -> None:
    with sqlite3.connect(path, timeout=5) as conn:  # expect: D14
        conn.execute("INSERT INTO fills VALUES (?, ?)", (exec_id, symbol))  # expect: D14


class DryRunJournal:
    def __init__(self, path: str):
        self.conn = sqlite3.connect(path, timeout=5)

    async def last_id(self) -> str | None:
        row = self.conn.execute("SELECT max(exec_id) FROM fills").fetchone()  # expect: D14
        return row[0]
