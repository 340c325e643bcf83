import aiosqlite


class Notes:
    def __init__(self, path: str) -> None:
        self.path = path

    async def count(self) -> int:
        async with aiosqlite.connect(self.path, timeout=2) as db:
            async with db.execute("SELECT count(*) FROM notes") as cursor:
                row = await cursor.fetchone()
        return row[0]
