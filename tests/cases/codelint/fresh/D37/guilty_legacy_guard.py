"""Thread locks of the old code around awaits of the new one."""

import threading
from threading import RLock

TABLE_LOCK = RLock()


class Ledger:
    def __init__(self, store) -> None:
        self.store = store
        self._mutex = threading.Lock()
        self.rows: list[str] = []

    async def add(self, row: str) -> None:
        with self._mutex:  # expect: D37@add
            self.rows.append(row)
            await self.store.save(row)  # expect: D37@add

    async def replace(self, rows: list[str]) -> None:
        with TABLE_LOCK:  # expect: D37@replace
            async with self.store.batch() as batch:  # expect: D37@replace
                batch.extend(rows)
