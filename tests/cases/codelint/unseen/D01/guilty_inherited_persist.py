"""Fills of the linear account, written to the journal by a recorder."""

from dataclasses import dataclass
from decimal import Decimal

import asyncpg


@dataclass(frozen=True)
class Fill:
    exec_id: str
    symbol: str
    quantity: Decimal


class Recorder:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def persist(self, fill: Fill) -> None:
        sql = "INSERT INTO fills (exec_id, symbol, quantity) VALUES ($1, $2, $3)"
        await self._pool.execute(sql, fill.exec_id, fill.symbol, fill.quantity, timeout=2)


class LinearRecorder(Recorder):
    async def on_execution(self, row: dict) -> Fill:
        fill = Fill(row["execId"], row["symbol"], Decimal(row["execQty"]))
        self.persist(fill)  # expect: D01
        return fill
