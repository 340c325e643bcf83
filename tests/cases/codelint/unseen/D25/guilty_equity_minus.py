"""Fees are taken off the equity in one line."""

from decimal import Decimal

import asyncpg


class PaperAccount:
    def __init__(self, pool: asyncpg.Pool, start: Decimal) -> None:
        self._pool = pool
        self.equity = start

    async def _fee_of(self, order_id: str) -> Decimal:
        sql = "SELECT SUM(fee) FROM fills WHERE order_id = $1"
        return await self._pool.fetchval(sql, order_id, timeout=2) or Decimal(0)

    async def settle(self, order_id: str) -> None:
        self.equity -= await self._fee_of(order_id)  # expect: D25
