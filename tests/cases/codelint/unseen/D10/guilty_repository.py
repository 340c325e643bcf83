"""The risk service asks a repository that looks like any other object."""

from decimal import Decimal

import psycopg2.pool


class ExposureRepository:
    def __init__(self, dsn: str) -> None:
        self._pool = psycopg2.pool.ThreadedConnectionPool(1, 4, dsn, connect_timeout=3)

    def total(self) -> Decimal:
        conn = self._pool.getconn()
        try:
            with conn.cursor() as cursor:
                cursor.execute("SELECT COALESCE(SUM(notional), 0) FROM legs")
                return cursor.fetchone()[0]
        finally:
            self._pool.putconn(conn)


class RiskService:
    def __init__(self, exposures: ExposureRepository, ceiling: Decimal) -> None:
        self._exposures = exposures
        self._ceiling = ceiling

    async def admits(self, notional: Decimal) -> bool:
        used = self._exposures.total()  # expect: D10
        return used + notional <= self._ceiling
