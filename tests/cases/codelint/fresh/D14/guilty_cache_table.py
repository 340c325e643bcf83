"""Symbol cache on sqlite inside the loop."""

import sqlite3 as sql
from contextlib import closing


class SymbolCache:
    def __init__(self, path: str) -> None:
        self.path = path

    async def tick(self, symbol: str) -> str | None:
        with closing(sql.connect(self.path, timeout=2)) as db:  # expect: D14
            row = db.execute("SELECT tick FROM symbols WHERE name = ?", (symbol,)).fetchone()  # expect: D14
        return row and row[0]

    async def fill(self, rows: list[tuple[str, str]]) -> None:
        db = sql.connect(self.path, timeout=2)  # expect: D14
        db.executemany("INSERT OR REPLACE INTO symbols VALUES (?, ?)", rows)  # expect: D14@fill
        db.commit()  # expect: D14@fill
        db.close()  # expect: D14@fill
