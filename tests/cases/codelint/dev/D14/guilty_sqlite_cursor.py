from sqlite3 import connect


class Cache:
    def __init__(self, file_name):
        self.db = connect(file_name, timeout=2)
        self.cursor = self.db.cursor()

    async def put_many(self, rows):
        self.cursor.executemany("INSERT INTO candles VALUES (?, ?, ?)", rows)  # expect: D14
        self.db.commit()  # expect: D14
