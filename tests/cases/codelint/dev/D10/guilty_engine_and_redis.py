"""Synchronous drivers behind attributes: SQLAlchemy Core, redis, pymongo."""

import pymongo
import redis
import sqlalchemy as sa

ARGS = {"connect_timeout": 5, "options": "-c statement_timeout=5000"}


class EquityTable:
    def __init__(self, url: str):
        self.engine = sa.create_engine(url, connect_args=ARGS)

    def latest(self):
        with self.engine.connect() as conn:
            return conn.execute(sa.text("SELECT equity FROM balances LIMIT 1")).scalar_one()


class PriceCache:
    def __init__(self, host: str):
        self.redis = redis.Redis(host=host, socket_timeout=2)

    def put(self, symbol: str, price: str):
        self.redis.set(f"price:{symbol}", price)


class Archive:
    def __init__(self, url: str):
        self.rows = pymongo.MongoClient(url, timeoutMS=3000).bot.rows

    def store(self, row: dict):
        self.rows.insert_one(row)


class Recorder:
    def __init__(self, table: EquityTable, cache: PriceCache, archive: Archive):
        self.table, self.cache, self.archive = table, cache, archive

    async def on_price(self, symbol, price):
        self.cache.put(symbol, price)  # expect: D10
        equity = self.table.latest()  # expect: D10
        self.archive.store({"symbol": symbol, "equity": str(equity)})  # expect: D10
