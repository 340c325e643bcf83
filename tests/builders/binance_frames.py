"""Small Binance messages of our own, in the vendor's shapes, for tests to change."""

from __future__ import annotations

import json
from typing import Any

__all__ = [
    *("TS_MS", "account_event", "algo_event", "algo_row", "frame", "kline_event", "order_event"),
    *("order_row", "position_part", "position_row", "symbol_row", "trade_row"),
]

TS_MS = 1_795_000_000_000


def frame(kind: str, **parts: Any) -> bytes:
    """A stream message of a kind."""
    return json.dumps({"e": kind, "E": TS_MS, "T": TS_MS} | parts).encode()


def order_event(**changes: Any) -> bytes:
    """A taker fill that opens the long leg, as ORDER_TRADE_UPDATE."""
    row = {
        "s": "BTCUSDT",
        "c": "ours-1",
        "S": "BUY",
        "o": "MARKET",
        "f": "GTC",
        "q": "0.010",
        "p": "0",
        "ap": "60000.5",
        "sp": "0",
        "x": "TRADE",
        "X": "PARTIALLY_FILLED",
        "i": 8_886_774,
        "l": "0.004",
        "z": "0.004",
        "L": "60000.5",
        "n": "0.1200010",
        "N": "USDT",
        "T": TS_MS,
        "t": 77,
        "m": False,
        "R": False,
        "ot": "MARKET",
        "ps": "LONG",
        "rp": "0",
    }
    return frame("ORDER_TRADE_UPDATE", o=row | changes)


def algo_event(**changes: Any) -> bytes:
    """A stop of ours for the long leg that begins to rest, as ALGO_UPDATE."""
    row = {
        "caid": "sl-000000-ours-1",
        "aid": 1_000_000_000_001,
        "at": "CONDITIONAL",
        "o": "STOP_MARKET",
        "s": "BTCUSDT",
        "S": "SELL",
        "ps": "LONG",
        "f": "GTC",
        "q": "0.010",
        "X": "NEW",
        "ai": "",
        "tp": "59000.0",
        "p": "0",
        "wt": "CONTRACT_PRICE",
        "cp": False,
    }
    return frame("ALGO_UPDATE", o=row | changes)


def account_event(*positions: dict[str, Any], reason: str = "ORDER") -> bytes:
    """An ACCOUNT_UPDATE with these legs."""
    balance = {"a": "USDT", "wb": "1000.5", "cw": "1000.5", "bc": "0"}
    return frame("ACCOUNT_UPDATE", a={"m": reason, "B": [balance], "P": positions})


def position_part(**changes: Any) -> dict[str, Any]:
    """An open long leg within an ACCOUNT_UPDATE."""
    return {
        "s": "BTCUSDT",
        "pa": "0.010",
        "ep": "60000.5",
        "cr": "0",
        "up": "1.5",
        "mt": "cross",
        "iw": "0",
        "ps": "LONG",
    } | changes


def order_row(**changes: Any) -> dict[str, Any]:
    """A resting limit order that opens the long leg, by REST."""
    return {
        "orderId": 8_886_774,
        "symbol": "BTCUSDT",
        "status": "NEW",
        "clientOrderId": "ours-1",
        "price": "60000.5",
        "avgPrice": "0.00000",
        "origQty": "0.010",
        "executedQty": "0.000",
        "type": "LIMIT",
        "side": "BUY",
        "positionSide": "LONG",
        "stopPrice": "0",
        "origType": "LIMIT",
        "time": TS_MS,
        "updateTime": TS_MS,
    } | changes


def algo_row(**changes: Any) -> dict[str, Any]:
    """A stop of ours for the long leg, by REST."""
    return {
        "algoId": 1_000_000_000_001,
        "clientAlgoId": "sl-000000-ours-1",
        "algoType": "CONDITIONAL",
        "orderType": "STOP_MARKET",
        "symbol": "BTCUSDT",
        "side": "SELL",
        "positionSide": "LONG",
        "quantity": "0.010",
        "algoStatus": "NEW",
        "actualOrderId": "",
        "triggerPrice": "59000.0",
        "price": "0.0",
        "closePosition": False,
        "updateTime": TS_MS,
    } | changes


def trade_row(**changes: Any) -> dict[str, Any]:
    """A taker fill, by REST."""
    return {
        "id": 77,
        "orderId": 8_886_774,
        "symbol": "BTCUSDT",
        "side": "BUY",
        "positionSide": "LONG",
        "qty": "0.004",
        "price": "60000.5",
        "commission": "0.1200010",
        "commissionAsset": "USDT",
        "maker": False,
        "time": TS_MS,
    } | changes


def position_row(**changes: Any) -> dict[str, Any]:
    """An open long leg, by REST."""
    return {
        "symbol": "BTCUSDT",
        "positionSide": "LONG",
        "positionAmt": "0.010",
        "entryPrice": "60000.5",
        "liquidationPrice": "0",
        "updateTime": TS_MS,
    } | changes


def kline_event(**changes: Any) -> bytes:
    """A closed five-minute candle."""
    row = {
        "t": TS_MS,
        "T": TS_MS + 299_999,
        "s": "BTCUSDT",
        "i": "5m",
        "o": "100.5",
        "h": "101",
        "l": "99.5",
        "c": "100",
        "v": "12.5",
        "x": True,
    }
    return json.dumps({"e": "kline", "E": TS_MS, "s": "BTCUSDT", "k": row | changes}).encode()


def symbol_row(**changes: Any) -> dict[str, Any]:
    """A perpetual of exchangeInfo."""
    return {
        "symbol": "BTCUSDT",
        "status": "TRADING",
        "contractType": "PERPETUAL",
        "baseAsset": "BTC",
        "quoteAsset": "USDT",
        "filters": [
            {"filterType": "PRICE_FILTER", "tickSize": "0.10"},
            {"filterType": "LOT_SIZE", "stepSize": "0.001", "minQty": "0.001", "maxQty": "1000"},
            {"filterType": "MARKET_LOT_SIZE", "stepSize": "0.001", "maxQty": "120"},
            {"filterType": "MIN_NOTIONAL", "notional": "100"},
        ],
    } | changes
