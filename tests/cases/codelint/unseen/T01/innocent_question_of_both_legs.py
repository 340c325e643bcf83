"""A query and a sum over legs: index 0 is the first row of a list here, not a leg."""

from decimal import Decimal

import httpx


async def first_leg(client: httpx.AsyncClient, symbol: str) -> dict:
    params = {"category": "linear", "symbol": symbol}
    reply = await client.get("/v5/position/list", params=params, timeout=3)
    rows = reply.json()["result"]["list"]
    index = 0
    return rows[index]


def gross(rows: list[dict]) -> Decimal:
    return sum((Decimal(row["size"]) for row in rows if row["positionIdx"] != 0), Decimal(0))
