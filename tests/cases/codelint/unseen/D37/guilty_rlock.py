"""The cache is shared with a thread, and its lock is held during a query."""

import threading

import asyncpg


class InstrumentCache:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._lock = threading.RLock()
        self._rows: dict[str, str] = {}

    def step(self, symbol: str) -> str:
        with self._lock:
            return self._rows[symbol]

    async def refresh(self) -> None:
        with self._lock:  # expect: D37@refresh
            sql = "SELECT symbol, qty_step FROM instruments"
            rows = await self._pool.fetch(sql, timeout=3)  # expect: D37@refresh
            self._rows = {row["symbol"]: row["qty_step"] for row in rows}
