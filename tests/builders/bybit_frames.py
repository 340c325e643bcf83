"""Small Bybit messages of our own, in the vendor's shapes, for tests to change."""

from __future__ import annotations

import json
from typing import Any

__all__ = [
    *("execution_row", "frame", "instrument_row", "kline_row", "order_row"),
    *("position_row", "wallet_row"),
]

TS_MS = 1_795_000_000_000


def frame(topic: str, *rows: dict[str, Any], **changes: Any) -> bytes:
    """A private frame, or a public one with a list of data."""
    message = {"id": "1", "topic": topic, "creationTime": TS_MS, "ts": TS_MS, "data": rows}
    return json.dumps(message | changes).encode()


def order_row(**changes: Any) -> dict[str, Any]:
    """A resting limit order that opens the long leg."""
    return {
        "category": "linear",
        "symbol": "BTCUSDT",
        "orderId": "theirs-1",
        "orderLinkId": "ours-1",
        "side": "Buy",
        "positionIdx": 1,
        "orderType": "Limit",
        "orderStatus": "New",
        "price": "60000.5",
        "qty": "0.010",
        "cumExecQty": "0.000",
        "avgPrice": "",
        "leavesQty": "0.010",
        "triggerPrice": "",
        "stopOrderType": "",
        "cancelType": "UNKNOWN",
        "rejectReason": "EC_NoError",
        "reduceOnly": False,
        "createdTime": str(TS_MS),
        "updatedTime": str(TS_MS),
    } | changes


def execution_row(**changes: Any) -> dict[str, Any]:
    """A taker fill of that order."""
    return {
        "category": "linear",
        "symbol": "BTCUSDT",
        "execId": "exec-1",
        "execType": "Trade",
        "orderId": "theirs-1",
        "orderLinkId": "ours-1",
        "side": "Buy",
        "execQty": "0.004",
        "execPrice": "60000.5",
        "execValue": "240.002",
        "execFee": "0.1320011",
        "feeRate": "0.00055",
        "feeCurrency": "",
        "closedSize": "0",
        "isMaker": False,
        "execTime": str(TS_MS),
    } | changes


def position_row(**changes: Any) -> dict[str, Any]:
    """An open long leg with its stop."""
    return {
        "category": "linear",
        "symbol": "BTCUSDT",
        "positionIdx": 1,
        "side": "Buy",
        "size": "0.010",
        "entryPrice": "60000.5",
        "stopLoss": "59000.0",
        "takeProfit": "0.00",
        "liqPrice": "",
        "updatedTime": str(TS_MS),
    } | changes


def wallet_row(**changes: Any) -> dict[str, Any]:
    """A unified wallet with nothing but USDT."""
    coin = {"coin": "USDT", "equity": "1001.5", "walletBalance": "1000", "locked": "0"}
    row = {"accountType": "UNIFIED", "totalAvailableBalance": "900.25", "coin": [coin]}
    return row | changes


def kline_row(**changes: Any) -> dict[str, Any]:
    """A closed five-minute candle."""
    return {
        "start": TS_MS,
        "end": TS_MS + 299_999,
        "interval": "5",
        "open": "100.5",
        "high": "101",
        "low": "99.5",
        "close": "100",
        "volume": "12.5",
        "turnover": "1250",
        "confirm": True,
        "timestamp": TS_MS + 300_000,
    } | changes


def instrument_row(**changes: Any) -> dict[str, Any]:
    """BTCUSDT as instruments-info lists it."""
    return {
        "symbol": "BTCUSDT",
        "status": "Trading",
        "baseCoin": "BTC",
        "quoteCoin": "USDT",
        "fundingInterval": 480,
        "leverageFilter": {"maxLeverage": "100.00"},
        "priceFilter": {"tickSize": "0.10"},
        "lotSizeFilter": {
            "qtyStep": "0.001",
            "minOrderQty": "0.001",
            "maxOrderQty": "1190.000",
            "maxMktOrderQty": "500.000",
            "minNotionalValue": "5",
        },
    } | changes
