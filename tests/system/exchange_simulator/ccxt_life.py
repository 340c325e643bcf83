"""The life itself, run by an interpreter that has ccxt; prints what it saw as one JSON line."""

import asyncio
import json
import sys
from typing import Any

import ccxt
import ccxt.pro

SYMBOL = "BTC/USDT:USDT"


def point(client: Any, facts: dict[str, str]) -> Any:
    """Replace every URL of a client by the simulator's."""
    streams = client.urls["api"].pop("ws", None)
    for name in client.urls["api"]:
        client.urls["api"][name] = facts["rest_url"]
    if streams:
        for name in streams["public"]:
            streams["public"][name] = facts["ws_public_url"]
        streams["private"]["contract"] = facts["ws_private_url"]
        streams["private"]["spot"]["unified"] = facts["ws_private_url"]
        streams["private"]["trade"] = facts["ws_trade_url"]
        client.urls["api"]["ws"] = streams
    return client


def error_of(action: Any) -> str:
    """Return the class name of the error that an action raises."""
    try:
        action()
    except ccxt.BaseError as error:
        return type(error).__name__
    return "none"


def rest_life(client: Any) -> dict[str, Any]:
    """Open both legs, reduce, ladder, edit, cancel, close, read back."""
    client.load_markets()
    assert len(client.fetch_ohlcv(SYMBOL, "5m", limit=200)) == 200
    errors = [error_of(lambda: client.set_position_mode(True, SYMBOL))]
    client.set_leverage(5, SYMBOL)
    last = client.fetch_ticker(SYMBOL)["last"]
    stops = {"takeProfit": last * 1.2, "stopLoss": last * 0.8}

    def market(side: str, amount: float, **more: Any) -> Any:
        return client.create_order(SYMBOL, "market", side, amount, None, more)

    market("buy", 0.1, positionIdx=1, **stops)
    market("sell", 0.2, positionIdx=2)
    # With `hedged` ccxt drops the reduce-only flag and sends side and leg alone.
    market("sell", 0.05, hedged=True, reduceOnly=True)
    legs = client.fetch_positions([SYMBOL])
    opened = [[leg["side"], leg["contracts"], str(leg["info"]["positionIdx"])] for leg in legs]
    step = client.create_order(
        SYMBOL, "limit", "sell", 0.02, last * 1.05, {"positionIdx": 1, "reduceOnly": True}
    )
    client.edit_order(step["id"], SYMBOL, "limit", "sell", 0.03, last * 1.06)
    assert any(row["amount"] == 0.03 for row in client.fetch_open_orders(SYMBOL))
    client.cancel_order(step["id"], SYMBOL)
    market("sell", 0.05, positionIdx=1, reduceOnly=True, stopLossPrice=last * 0.85)
    market("buy", 0.2, positionIdx=2, reduceOnly=True)
    client.cancel_all_orders(SYMBOL)
    market("sell", 0.05, positionIdx=1, reduceOnly=True)
    errors.append(error_of(lambda: market("sell", 0.05, positionIdx=1, reduceOnly=True)))
    errors.append(error_of(lambda: market("buy", 0.05)))
    errors.append(error_of(lambda: client.cancel_order("none", SYMBOL)))
    assert len(client.fetch_my_trades(SYMBOL)) >= 5
    left = [leg["contracts"] for leg in client.fetch_positions([SYMBOL])]
    return {"opened": opened, "left": left, "errors": errors}


async def stream_life(client: Any) -> dict[str, Any]:
    """Watch the book, candles, trades and orders; place, edit and cancel over the socket."""
    await client.load_markets()
    book = await client.watch_order_book(SYMBOL, 50)
    candle = (await client.watch_ohlcv(SYMBOL, "1m"))[-1]
    trades = await client.watch_trades(SYMBOL)
    last = trades[-1]["price"]
    watching = asyncio.create_task(client.watch_orders(SYMBOL))
    await asyncio.sleep(1)
    await client.create_order_ws(SYMBOL, "market", "buy", 0.1, None, {"positionIdx": 1})
    order = (await asyncio.wait_for(watching, 10))[-1]
    leg = {"positionIdx": 1}
    resting = await client.create_order_ws(SYMBOL, "limit", "buy", 0.1, last * 0.8, leg)
    await client.edit_order_ws(resting["id"], SYMBOL, "limit", "buy", 0.12, last * 0.79)
    await client.cancel_order_ws(resting["id"], SYMBOL)
    await client.close()
    return {
        "stream_order": [order["status"], order["filled"]],
        "book_is_sound": book["bids"][0][0] < book["asks"][0][0] and len(candle) == 6,
    }


def main() -> None:
    """Live, and print."""
    facts = json.loads(sys.argv[1])
    config = {
        "apiKey": facts["api_key"],
        "secret": facts["api_secret"],
        "options": {"defaultType": "swap", "fetchMarkets": {"types": ["linear"]}},
    }
    seen = rest_life(point(ccxt.bybit(config), facts))
    seen |= asyncio.run(stream_life(point(ccxt.pro.bybit(config), facts)))
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()
