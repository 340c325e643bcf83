"""Order store on asyncpg: idempotent writes, parameters only, one transaction per turn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import asyncpg

logger = logging.getLogger(__name__)

CREATE = """
CREATE TYPE order_side AS ENUM ('BUY', 'SELL');
CREATE TYPE order_status AS ENUM ('NEW', 'FILLED', 'CANCELED');
CREATE TABLE orders (
    client_order_id text PRIMARY KEY,
    symbol text NOT NULL,
    side order_side NOT NULL,
    status order_status NOT NULL,
    position_idx smallint NOT NULL CHECK (position_idx IN (1, 2)),
    reduce_only boolean NOT NULL,
    quantity numeric(38, 18) NOT NULL CHECK (quantity > 0),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_symbol_status ON orders (symbol, status);
CREATE INDEX orders_created_at ON orders (created_at);
"""

INSERT = """
INSERT INTO orders (client_order_id, symbol, side, status, position_idx, reduce_only, quantity)
VALUES ($1, $2, $3, 'NEW', $4, $5, $6)
ON CONFLICT (client_order_id) DO NOTHING
"""

OPEN_ORDERS = """
SELECT client_order_id, symbol, side, position_idx, reduce_only, quantity
FROM orders WHERE status = 'NEW' AND symbol = $1 ORDER BY created_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    client_order_id: str
    symbol: str
    side: str
    position_idx: int
    reduce_only: bool
    quantity: Decimal


class StoreUnavailableError(Exception):
    """The database did not answer; no new risk may be taken."""


class OrderStore:
    def __init__(self, pool: asyncpg.Pool, command_timeout_s: float = 3.0) -> None:
        self._pool = pool
        self._timeout_s = command_timeout_s
        self.is_available = True

    @classmethod
    async def open(cls, dsn: str) -> OrderStore:
        pool = await asyncpg.create_pool(
            dsn, min_size=2, max_size=8, timeout=5, command_timeout=5
        )
        return cls(pool)

    async def save(self, rows: Sequence[OrderRow]) -> None:
        """All rows or none; a row that is already there is left as it is."""
        values = [
            (r.client_order_id, r.symbol, r.side, r.position_idx, r.reduce_only, r.quantity)
            for r in rows
        ]
        try:
            async with self._pool.acquire(timeout=self._timeout_s) as conn:
                async with conn.transaction():
                    await conn.executemany(INSERT, values, timeout=self._timeout_s)
        except (OSError, TimeoutError, asyncpg.InterfaceError) as error:
            self.is_available = False
            raise StoreUnavailableError(f"{len(rows)} orders were not stored") from error
        self.is_available = True

    async def open_orders(self, symbol: str) -> list[OrderRow]:
        records = await self._pool.fetch(OPEN_ORDERS, symbol, timeout=self._timeout_s)
        return [OrderRow(**dict(record)) for record in records]

    async def wait_available(self, attempts: int) -> bool:
        for attempt in range(attempts):
            try:
                await self._pool.fetchval("SELECT 1", timeout=self._timeout_s)
            except (OSError, TimeoutError) as error:
                logger.warning("store still away: %s", error)
                await asyncio.sleep(min(0.5 * 2**attempt, 10))
            else:
                self.is_available = True
                return True
        return False

    async def close(self) -> None:
        async with asyncio.timeout(5):
            await self._pool.close()
