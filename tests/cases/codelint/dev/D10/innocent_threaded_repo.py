"""A synchronous repository, always entered through a thread; and one that lives in memory."""

import asyncio
import sqlite3


class FileRepo:
    def __init__(self, path: str):
        self.path = path

    def add(self, order_id: str) -> None:
        with sqlite3.connect(self.path, timeout=5) as conn:
            conn.execute("INSERT INTO sent_ids (id) VALUES (?)", (order_id,))


class MemoryRepo:
    def __init__(self) -> None:
        self.ids: set[str] = set()

    def add(self, order_id: str) -> None:
        self.ids.add(order_id)


class Service:
    def __init__(self, path: str):
        self.file = FileRepo(path)
        self.memory = MemoryRepo()

    async def remember(self, order_id: str) -> None:
        self.memory.add(order_id)
        await asyncio.to_thread(self.file.add, order_id)
