"""sqlite3 behind to_thread and behind one dedicated worker thread."""

import asyncio
import queue
import sqlite3


def read_last(path: str) -> str | None:
    with sqlite3.connect(path, timeout=5) as conn:
        return conn.execute("SELECT max(exec_id) FROM fills").fetchone()[0]


async def last_id(path: str) -> str | None:
    return await asyncio.to_thread(read_last, path)


def writer_thread(path: str, inbox: queue.Queue) -> None:
    conn = sqlite3.connect(path, timeout=5)
    while (item := inbox.get(timeout=60)) is not None:
        conn.execute("INSERT INTO fills VALUES (?)", (item,))
        conn.commit()
    conn.close()


class Journal:
    def __init__(self) -> None:
        self.inbox: queue.Queue = queue.Queue(maxsize=1000)

    async def remember(self, exec_id: str) -> None:
        self.inbox.put_nowait(exec_id)
