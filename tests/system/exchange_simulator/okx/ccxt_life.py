"""ccxt.pro's okx, unmodified, through a hedge-mode life; prints what it saw as JSON."""

import asyncio
import json
import sys
from typing import Any

import ccxt.pro

SYMBOL = "BTC/USDT:USDT"


def leg(side: str, **more: Any) -> dict[str, Any]:
    """Return the parameters that address a leg."""
    return {"posSide": side, "tdMode": "cross", **more}


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
    """Return the size of each held leg in contracts."""
    rows = await client.fetch_positions([SYMBOL])
    return {row["side"]: row["contracts"] for row in rows}


async def trade(client: Any, seen: dict[str, Any]) -> None:
    """Both legs: open, add, protect, ladder, edit, cancel, reduce, close."""
    last = (await client.fetch_ticker(SYMBOL))["last"]
    price = lambda ratio: float(client.price_to_precision(SYMBOL, last * ratio))  # noqa: E731
    attached = {
        "stopLoss": {"triggerPrice": price(1.2)},
        "takeProfit": {"triggerPrice": price(0.8)},
    }
    market = "market"
    await client.create_order(SYMBOL, market, "buy", 4, None, leg("long"))
    await client.create_order(SYMBOL, market, "buy", 1, None, leg("long"))
    await client.create_order(SYMBOL, market, "sell", 3, None, leg("short", **attached))
    seen["opened"] = await sides(client)
    stop = leg("long", stopLossPrice=price(0.9))
    made = await client.create_order(SYMBOL, market, "sell", 5, None, stop)
    trailing = leg("short", trailingPercent="5")
    await client.create_order(SYMBOL, market, "buy", 1, None, trailing)
    limit = await client.create_order(SYMBOL, "limit", "buy", 1, price(0.97), leg("long"))
    seen["waiting"] = []
    for kind in ("conditional", "oco", "move_order_stop"):
        params = {"ordType": kind, "trigger": True}
        seen["waiting"].append(len(await client.fetch_open_orders(SYMBOL, params=params)))
    await client.edit_order(limit["id"], SYMBOL, "limit", "buy", 2, price(0.96))
    seen["edited"] = (await client.fetch_order(limit["id"], SYMBOL))["amount"]
    await client.cancel_order(limit["id"], SYMBOL)
    seen["canceled"] = (await client.fetch_order(limit["id"], SYMBOL))["status"]
    await client.cancel_order(made["id"], SYMBOL, {"trigger": True})
    placed = await client.create_order_ws(SYMBOL, "limit", "buy", 1, price(0.96), leg("long"))
    gone = await client.cancel_order_ws(placed["id"], SYMBOL)
    seen["by_socket"] = gone["id"] == placed["id"]
    seen["errors"] = [
        await error_of(client.create_order(SYMBOL, market, "sell", 9, None, leg("long"))),
        await error_of(client.create_order(SYMBOL, market, "buy", 1, None, {"tdMode": "cross"})),
        await error_of(client.cancel_order("1", SYMBOL)),
        await error_of(client.set_position_mode(False)),
    ]
    await client.create_order(SYMBOL, market, "sell", 2, None, leg("long"))
    seen["reduced"] = await sides(client)
    await client.create_order(SYMBOL, market, "sell", 3, None, leg("long"))
    await client.create_order(SYMBOL, market, "buy", 3, None, leg("short"))
    seen["left"] = await sides(client)


async def main(facts: dict[str, str]) -> None:
    """Live it, with the channels open."""
    keys = {"apiKey": facts["api_key"], "secret": facts["api_secret"]}
    kinds = {"fetchMarkets": {"types": ["swap"]}}
    client = ccxt.pro.okx({**keys, "password": "Simulator1!", "options": kinds})
    client.urls["api"]["rest"] = facts["rest_url"]
    client.urls["api"]["ws"] = facts["rest_url"].replace("http", "ws") + "/ws/v5"
    seen: dict[str, Any] = {}
    orders: list[Any] = []
    trades: list[Any] = []
    legs: list[Any] = []
    try:
        await client.load_markets()
        seen["contract"] = client.market(SYMBOL)["contractSize"]
        seen["mode"] = (await client.fetch_position_mode(SYMBOL))["hedged"]
        await client.set_leverage(5, SYMBOL, {"mgnMode": "cross"})
        seen["candles"] = len(await client.fetch_ohlcv(SYMBOL, "15m", limit=100))
        book: Any = None
        for _ in range(5):
            book = await asyncio.wait_for(client.watch_order_book(SYMBOL), 20)
        seen["book_is_sound"] = book["bids"][0][0] < book["asks"][0][0]
        seen["candle_columns"] = len((await client.watch_ohlcv(SYMBOL, "1m"))[0])
        tasks = [
            asyncio.create_task(collect(lambda: client.watch_orders(SYMBOL), orders)),
            asyncio.create_task(collect(lambda: client.watch_my_trades(SYMBOL), trades)),
            asyncio.create_task(collect(lambda: client.watch_positions([SYMBOL]), legs)),
        ]
        await asyncio.sleep(1.5)
        await trade(client, seen)
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        seen["streamed"] = sorted({row["status"] for row in orders})
        seen["legs_told"] = sorted({row["side"] for row in legs})
        listed = await client.fetch_my_trades(SYMBOL)
        seen["trades_agree"] = {row["id"] for row in trades} == {row["id"] for row in listed}
    finally:
        await client.close()
    sys.stdout.write(json.dumps(seen) + "\n")


asyncio.run(main(json.loads(sys.argv[1])))
