"""Identifiers from a closed list or quoted by the driver; numbers of partitions."""

from psycopg import sql

TABLES = {"orders": "orders", "fills": "fills"}
PAGE = 500


class Store:
    def __init__(self, pool):
        self.pool = pool

    async def count(self, name):
        table = TABLES[name]
        return await self.pool.fetchval(f"SELECT count(*) FROM {table}", timeout=5)

    async def page(self, after):
        return await self.pool.fetch(
            f"SELECT * FROM orders WHERE order_id > $1 ORDER BY order_id LIMIT {PAGE}",
            after,
            timeout=5,
        )

    def truncate(self, cursor, name):
        cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
