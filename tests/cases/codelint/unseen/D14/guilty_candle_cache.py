"""Candles are written to a local cache in the coroutine that downloads them."""

import sqlite3
from contextlib import closing

import httpx


async def cache_candles(client: httpx.AsyncClient, symbol: str, path: str) -> int:
    params = {"category": "linear", "symbol": symbol, "interval": "1"}
    reply = await client.get("/v5/market/kline", params=params, timeout=5)
    rows = [tuple(row[:6]) for row in reply.json()["result"]["list"]]
    with closing(sqlite3.connect(path)) as db:  # expect: D14@write
        db.executemany("INSERT INTO candles VALUES (?, ?, ?, ?, ?, ?)", rows)  # expect: D14@write
        db.commit()  # expect: D14@write
    return len(rows)
