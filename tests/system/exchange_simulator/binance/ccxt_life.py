"""ccxt.pro's binanceusdm, unmodified, through a hedge-mode life; prints what it saw as JSON."""

import asyncio
import json
import re
import sys
from typing import Any

import ccxt.pro

SYMBOL = "BTC/USDT:USDT"
LONG, SHORT = {"positionSide": "LONG"}, {"positionSide": "SHORT"}


def replaced(urls: dict[str, Any], base: str) -> dict[str, Any]:
    """Put the simulator's address before every path."""
    socket = base.replace("http", "ws")
    out: dict[str, Any] = {}
    for name, value in urls.items():
        if isinstance(value, dict):
            out[name] = replaced(value, base)
        elif isinstance(value, str):
            out[name] = re.sub("^https://[^/]+", base, re.sub("^wss://[^/]+", socket, value))
    return out


async def collect(watch: Any, into: list[Any]) -> None:
    """Keep what a watch method tells."""
    while True:
        into.extend(await watch())


async def error_of(action: Any) -> str:
    """Return the class name of the error that an action raises."""
    try:
        await action
    except ccxt.BaseError as error:
        return type(error).__name__
    return "none"


async def sides(client: Any) -> dict[str, float]:
    """Return the size of each held leg."""
    return {row["side"]: row["contracts"] for row in await client.fetch_positions([SYMBOL])}


async def trade(client: Any, seen: dict[str, Any]) -> None:
    """Both legs: open, add, protect, ladder, edit, cancel, reduce, close."""
    market = "market"
    await client.create_order(SYMBOL, market, "buy", 0.4, None, LONG)
    await client.create_order(SYMBOL, market, "buy", 0.1, None, LONG)
    await client.create_order(SYMBOL, market, "sell", 0.3, None, SHORT)
    seen["opened"] = await sides(client)
    last = (await client.fetch_ticker(SYMBOL))["last"]
    price = lambda ratio: float(client.price_to_precision(SYMBOL, last * ratio))  # noqa: E731
    stop = {**LONG, "stopLossPrice": price(0.9)}
    made = await client.create_order(SYMBOL, market, "sell", 0.5, None, stop)
    profit = {**SHORT, "takeProfitPrice": price(0.9)}
    await client.create_order(SYMBOL, market, "buy", 0.3, None, profit)
    trailing = {**LONG, "trailingPercent": 5}
    await client.create_order(SYMBOL, market, "sell", 0.1, None, trailing)
    limit = await client.create_order(SYMBOL, "limit", "buy", 0.1, price(0.97), LONG)
    waiting = await client.fetch_open_orders(SYMBOL, params={"trigger": True})
    seen["waiting"] = sorted(row["info"]["orderType"] for row in waiting)
    edited = await client.edit_order(limit["id"], SYMBOL, "limit", "buy", 0.2, price(0.96), LONG)
    seen["edited"] = edited["amount"]
    seen["canceled"] = (await client.cancel_order(limit["id"], SYMBOL))["status"]
    await client.cancel_order(made["id"], SYMBOL, {"trigger": True})
    await client.cancel_all_orders(SYMBOL, {"trigger": True})
    by_socket = await client.create_order_ws(SYMBOL, "limit", "buy", 0.1, price(0.96), LONG)
    seen["by_socket"] = (await client.cancel_order_ws(by_socket["id"], SYMBOL))["status"]
    seen["errors"] = [
        await error_of(client.create_order(SYMBOL, market, "sell", 0.9, None, LONG)),
        await error_of(client.create_order(SYMBOL, market, "buy", 0.1)),
        await error_of(client.cancel_order("1", SYMBOL)),
    ]
    near = {**LONG, "stopLossPrice": price(0.9995)}
    fired = await error_of(client.create_order(SYMBOL, market, "sell", 0.1, None, near))
    seen["near_stop"] = fired
    await client.create_order(SYMBOL, market, "sell", 0.2, None, LONG)
    await asyncio.sleep(1)
    for side, size in (await sides(client)).items():
        way = "sell" if side == "long" else "buy"
        leg = {"positionSide": side.upper()}
        await client.create_order(SYMBOL, market, way, size, None, leg)
    seen["left"] = await sides(client)


async def main(facts: dict[str, str]) -> None:
    """Live it, with the streams open."""
    client = ccxt.pro.binanceusdm({"apiKey": facts["api_key"], "secret": facts["api_secret"]})
    client.urls["api"] = replaced(client.urls["api"], facts["rest_url"])
    seen: dict[str, Any] = {}
    orders: list[Any] = []
    trades: list[Any] = []
    try:
        await client.load_markets()
        seen["mode"] = (await client.fetch_position_mode(SYMBOL))["hedged"]
        await client.set_leverage(5, SYMBOL)
        seen["candles"] = len(await client.fetch_ohlcv(SYMBOL, "15m", limit=200))
        book: Any = None
        for _ in range(5):
            book = await asyncio.wait_for(client.watch_order_book(SYMBOL), 20)
        seen["book_is_sound"] = book["bids"][0][0] < book["asks"][0][0]
        seen["candle_columns"] = len((await client.watch_ohlcv(SYMBOL, "1m"))[0])
        tasks = [
            asyncio.create_task(collect(lambda: client.watch_orders(SYMBOL), orders)),
            asyncio.create_task(collect(lambda: client.watch_my_trades(SYMBOL), trades)),
        ]
        await asyncio.sleep(1.5)
        await trade(client, seen)
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        seen["streamed"] = sorted({row["status"] for row in orders})
        listed = await client.fetch_my_trades(SYMBOL)
        seen["trades_agree"] = {row["id"] for row in trades} == {row["id"] for row in listed}
    finally:
        await client.close()
    sys.stdout.write(json.dumps(seen) + "\n")


asyncio.run(main(json.loads(sys.argv[1])))
