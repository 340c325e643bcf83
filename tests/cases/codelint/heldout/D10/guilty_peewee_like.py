"""A DB-API connection kept by a base class, entered from a subclass's coroutine."""

import sqlite3


class Storage:
    def __init__(self, path):
        self._conn = sqlite3.connect(path, timeout=5)

    def fetch_all(self, sql, *args):
        return self._conn.execute(sql, args).fetchall()


class Journal(Storage):
    def recent(self, symbol):
        return self.fetch_all("SELECT id FROM journal WHERE symbol = ?", symbol)


class Screen:
    journal: Journal

    def __init__(self, path):
        self.journal = Journal(path)

    async def show(self, symbol, sink):
        rows = self.journal.recent(symbol)  # expect: D10|D08
        await sink.write(rows)

    async def raw(self, sink):
        await sink.write(self.journal.fetch_all("SELECT count(*) FROM journal"))  # expect: D10
