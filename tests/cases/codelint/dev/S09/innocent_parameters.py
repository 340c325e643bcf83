"""Parameters, placeholders counted by code, constant table names, and log lines about SQL."""

import logging

logger = logging.getLogger(__name__)
TABLE = "orders"
COLUMNS = ("order_id", "symbol", "status")
SELECT = f"SELECT {', '.join(COLUMNS)} FROM {TABLE}"


class OrderStore:
    def __init__(self, pool):
        self.pool = pool

    async def by_symbol(self, symbol: str):
        return await self.pool.fetch(SELECT + " WHERE symbol = $1", symbol, timeout=5)

    async def by_ids(self, ids: list[str]):
        marks = ", ".join(f"${n}" for n in range(1, len(ids) + 1))
        return await self.pool.fetch(f"{SELECT} WHERE order_id IN ({marks})", *ids, timeout=5)

    async def explain(self, symbol: str):
        logger.info(f"select from orders where symbol is {symbol}")
        return await self.pool.fetch("EXPLAIN " + SELECT, timeout=5)
