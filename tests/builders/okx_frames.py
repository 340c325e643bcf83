"""Small OKX messages of our own, in the vendor's shapes, for tests to change."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from bot_trading.exchanges.okx.contracts import Contract, Contracts

__all__ = [
    "TS_MS",
    "account_row",
    "algo_row",
    "btc_contracts",
    "fill_row",
    "filled",
    "frame",
    "instrument_row",
    "order_row",
    "position_row",
]

TS_MS = 1_795_000_000_000
SWAP = "BTC-USDT-SWAP"


def btc_contracts() -> Contracts:
    """BTCUSDT with a hundredth of a coin in a contract, and a tenth of that in a lot."""
    contracts = Contracts()
    contracts.put(
        [
            Contract(
                symbol="BTCUSDT",
                value=Decimal("0.01"),
                lot=Decimal("0.1"),
                least=Decimal("0.1"),
                most=Decimal(10_000),
                most_at_market=Decimal(1_000),
            )
        ]
    )
    return contracts


def frame(channel: str, *rows: Any, **changes: Any) -> bytes:
    """Data of a channel."""
    message: dict[str, Any] = {"arg": {"channel": channel, "instType": "SWAP"}, "data": rows}
    return json.dumps(message | changes).encode()


def order_row(**changes: Any) -> dict[str, Any]:
    """A resting limit order that opens the long leg with one contract."""
    return {
        "instType": "SWAP",
        "instId": SWAP,
        "ordId": "1001",
        "clOrdId": "ours1",
        "side": "buy",
        "posSide": "long",
        "ordType": "limit",
        "state": "live",
        "px": "60000.5",
        "sz": "1",
        "accFillSz": "0",
        "avgPx": "",
        "tradeId": "",
        "fillSz": "0",
        "fillPx": "",
        "fillTime": "",
        "fillFee": "",
        "fillFeeCcy": "",
        "execType": "",
        "algoId": "",
        "category": "normal",
        "cancelSource": "",
        "reduceOnly": "false",
        "uTime": str(TS_MS),
        "cTime": str(TS_MS),
    } | changes


def filled(**changes: Any) -> dict[str, Any]:
    """That order with four tenths of it filled as a taker."""
    return order_row(
        **{
            "state": "partially_filled",
            "accFillSz": "0.4",
            "avgPx": "60000.5",
            "tradeId": "501",
            "fillSz": "0.4",
            "fillPx": "60000.5",
            "fillTime": str(TS_MS),
            "fillFee": "-0.120001",
            "fillFeeCcy": "USDT",
            "execType": "T",
        }
        | changes
    )


def fill_row(**changes: Any) -> dict[str, Any]:
    """A taker fill of that order, as the fills endpoints list it."""
    return {
        "instType": "SWAP",
        "instId": SWAP,
        "tradeId": "501",
        "ordId": "1001",
        "clOrdId": "ours1",
        "billId": "9001",
        "side": "buy",
        "posSide": "long",
        "fillPx": "60000.5",
        "fillSz": "0.4",
        "execType": "T",
        "fee": "-0.120001",
        "feeCcy": "USDT",
        "fillTime": str(TS_MS),
        "ts": str(TS_MS),
    } | changes


def algo_row(**changes: Any) -> dict[str, Any]:
    """A live stop loss and take profit for all of the long leg."""
    return {
        "instType": "SWAP",
        "instId": SWAP,
        "algoId": "7001",
        "algoClOrdId": "sl000000p1",
        "ordType": "oco",
        "state": "live",
        "side": "sell",
        "posSide": "long",
        "tdMode": "cross",
        "sz": "",
        "closeFraction": "1",
        "slTriggerPx": "59000",
        "slOrdPx": "-1",
        "tpTriggerPx": "62000",
        "tpOrdPx": "-1",
        "triggerPx": "",
        "ordPx": "",
        "moveTriggerPx": "",
        "actualSide": "",
        "ordId": "",
        "failCode": "",
        "cTime": str(TS_MS),
        "uTime": str(TS_MS),
    } | changes


def position_row(**changes: Any) -> dict[str, Any]:
    """An open long leg of one contract."""
    return {
        "instType": "SWAP",
        "instId": SWAP,
        "mgnMode": "cross",
        "posSide": "long",
        "pos": "1",
        "avgPx": "60000.5",
        "liqPx": "",
        "uTime": str(TS_MS),
    } | changes


def account_row(**changes: Any) -> dict[str, Any]:
    """An account with nothing but USDT."""
    coin = {"ccy": "USDT", "eq": "1001.5", "cashBal": "1000", "availEq": "900.25"}
    return {"uTime": str(TS_MS), "details": [coin]} | changes


def instrument_row(**changes: Any) -> dict[str, Any]:
    """BTC-USDT-SWAP as public/instruments lists it."""
    return {
        "instType": "SWAP",
        "instId": SWAP,
        "state": "live",
        "ctType": "linear",
        "ctVal": "0.01",
        "ctMult": "1",
        "ctValCcy": "BTC",
        "settleCcy": "USDT",
        "lotSz": "0.1",
        "minSz": "0.1",
        "maxLmtSz": "10000",
        "maxMktSz": "1000",
        "tickSz": "0.1",
        "lever": "100",
    } | changes
