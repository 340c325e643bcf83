"""aiosqlite looks alike and runs in its own thread."""

import aiosqlite


class DryRunJournal:
    def __init__(self, path: str):
        self.path = path

    async def last_id(self) -> str | None:
        async with aiosqlite.connect(self.path, timeout=5) as conn:
            async with conn.execute("SELECT max(exec_id) FROM fills") as cursor:
                row = await cursor.fetchone()
        return row[0] if row else None

    async def remember(self, exec_id: str) -> None:
        async with aiosqlite.connect(self.path, timeout=5) as conn:
            await conn.execute("INSERT INTO fills VALUES (?)", (exec_id,))
            await conn.commit()
