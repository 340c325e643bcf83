import sqlite3


def opened(path: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=2, check_same_thread=False)
    db.row_factory = sqlite3.Row
    return db


class Notes:
    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    async def add(self, text: str) -> None:
        cursor = self.db.cursor()  # expect: D14@add
        cursor.execute("INSERT INTO notes (body) VALUES (?)", (text,))  # expect: D14@add
        self.db.commit()  # expect: D14@add

    async def count(self) -> int:
        return self.db.execute("SELECT count(*) FROM notes").fetchone()[0]  # expect: D14
