"""Thirty days of real candles, both legs of two symbols in use, reconciled to the last decimal."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

from exchange_simulator.world import WorldOptions, build_world
from tests.unit.exchange_simulator.builders import MINUTE_US, Client

REAL = Path(__file__).parents[4] / "shared" / "data" / "market" / "bybit" / "linear" / "5m"
SYMBOLS = ("BTCUSDT", "ETHUSDT")
QUANTITY = {"BTCUSDT": "0.05", "ETHUSDT": "1.5"}
DAY_MS = 86_400_000
pytestmark = [
    pytest.mark.real_market,
    pytest.mark.skipif(not REAL.is_dir(), reason="recorded candles are not on this machine"),
]


def trade_once(client: Client, rng: Random) -> None:
    """Open, add, protect, rest a ladder step, or reduce a random leg, as a bot would."""
    symbol = rng.choice(SYMBOLS)
    leg = rng.choice((1, 2))
    opening, closing = ("Buy", "Sell") if leg == 1 else ("Sell", "Buy")
    pair = {"category": "linear", "symbol": symbol}
    last = Decimal(client.get("market/tickers", **pair)["result"]["list"][0]["lastPrice"])
    away = 1 if leg == 1 else -1

    def price(percent: str) -> str:
        return str((last * (1 + away * Decimal(percent) / 100)).quantize(Decimal("0.01")))

    common = {**pair, "positionIdx": leg, "qty": QUANTITY[symbol]}
    choice = rng.random()
    if choice < 0.4:
        stops = {"takeProfit": price("2.5"), "stopLoss": price("-1.5")}
        client.post("order/create", **common, side=opening, orderType="Market", **stops)
    elif choice < 0.55:
        limit = {"orderType": "Limit", "price": price("-0.4")}
        client.post("order/create", **common, side=opening, **limit)
    elif choice < 0.75:
        limit = {"orderType": "Limit", "price": price("0.8")}
        client.post("order/create", **common, side=closing, reduceOnly=True, **limit)
    elif choice < 0.9:
        client.post("order/create", **common, side=closing, orderType="Market", reduceOnly=True)
    else:
        trailing = {"trailingStop": str((last * Decimal("0.01")).quantize(Decimal("0.01")))}
        client.post("position/trading-stop", **pair, positionIdx=leg, tpslMode="Full", **trailing)


def all_rows(client: Client, path: str, start_ms: int, end_ms: int, **fields: Any) -> Iterator[Any]:
    """Read a history to its beginning: windows of seven days, page after page."""
    while start_ms < end_ms:
        until = min(end_ms, start_ms + 7 * DAY_MS) - 1
        window = {"startTime": start_ms, "endTime": until}
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            result = client.get(path, **fields, **window, **more, limit=50)["result"]
            yield from result["list"]
            cursor = result["nextPageCursor"]
            if not cursor:
                break
        start_ms = until + 1


def test_a_month_of_trading_reconciles() -> None:
    """Fills per leg sum to the leg; wallet change = realised - fees - funding, read by REST."""
    options = WorldOptions(
        replay=(REAL,), symbols=SYMBOLS, speed=Fraction(1), points=6, limits_on=False
    )
    bybit = build_world(options, 0)["bybit"]
    client = Client(bybit, options.api_key, options.api_secret)  # type: ignore[arg-type]
    start_ms = bybit.exchange.clock.market_ms
    rng = Random(11)
    for hour in range(1, 30 * 24 + 1):
        bybit.advance(hour * 60 * MINUTE_US)
        if rng.random() < 0.7:
            trade_once(client, rng)
    end_ms = bybit.exchange.now_ms + 1
    linear = {"category": "linear"}
    fills = list(all_rows(client, "execution/list", start_ms, end_ms, **linear))
    log = list(all_rows(client, "account/transaction-log", start_ms, end_ms))
    closed = list(all_rows(client, "position/closed-pnl", start_ms, end_ms, **linear))
    assert len({row["execId"] for row in fills}) == len(fills) == len(log) > 400

    coin = client.get("account/wallet-balance", accountType="UNIFIED")["result"]["list"][0]["coin"]
    moved = Decimal(coin[0]["walletBalance"]) - options.balance
    realised = sum(Decimal(row["execPnl"]) for row in fills)
    paid = sum(Decimal(row["execFee"]) for row in fills)
    assert moved == realised - paid == sum(Decimal(row["change"]) for row in log)
    funding = [row for row in fills if row["execType"] == "Funding"]
    assert funding
    assert closed

    index_of = {
        row["orderId"]: row["positionIdx"]
        for row in all_rows(client, "order/history", start_ms, end_ms, **linear)
    }
    sums: dict[tuple[str, int], Decimal] = {}
    for row in fills:
        if row["execType"] == "Funding":
            continue
        index = index_of.get(row["orderId"])
        if index is None:
            ids = {"orderId": row["orderId"], "symbol": row["symbol"]}
            found = client.get("order/realtime", **linear, **ids)
            index = found["result"]["list"][0]["positionIdx"]
        sign = 1 if row["side"] == "Buy" else -1
        key = (row["symbol"], index)
        sums[key] = sums.get(key, Decimal(0)) + sign * Decimal(row["execQty"])
    for symbol in SYMBOLS:
        for leg in client.get("position/list", **linear, symbol=symbol)["result"]["list"]:
            sign = {"Buy": 1, "Sell": -1, "": 0}[leg["side"]]
            key = (symbol, leg["positionIdx"])
            assert sums.get(key, Decimal(0)) == sign * Decimal(leg["size"])
    assert {row["stopOrderType"] for row in fills} >= {"TakeProfit", "StopLoss", "TrailingStop"}
