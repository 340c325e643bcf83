"""Candles are found in the words of every exchange, told or asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from readiness.speed.candles import Seen, asked, told

MINUTE_MS = 60_000
SIX = Seen(symbol="BTCUSDT", began_ms=6 * MINUTE_MS)


def frame(exchange: str, told: object) -> dict[str, Any]:
    """A frame as the simulator writes it: JSON without blanks."""
    text = json.dumps(told, separators=(",", ":"))
    return {"exchange": exchange, "kind": "out", "frame": {"text": text}}


def answer(exchange: str, target: str, body: object, *, lost: bool = False) -> dict[str, Any]:
    """An answered request."""
    reply = {"lost": lost, "status": 200, "body": {"text": json.dumps(body)}}
    return {"exchange": exchange, "kind": "request", "target": target, "reply": reply}


def bybit(confirm: bool) -> dict[str, Any]:
    """A frame of Bybit."""
    row = {"start": 5 * MINUTE_MS, "end": 6 * MINUTE_MS - 1, "confirm": confirm}
    return frame("bybit", {"topic": "kline.1.BTCUSDT", "data": [row]})


def binance(closed: bool, *, combined: bool = False) -> dict[str, Any]:
    """A frame of Binance, bare or in the envelope of combined streams."""
    row = {"t": 5 * MINUTE_MS, "T": 6 * MINUTE_MS - 1, "s": "BTCUSDT", "x": closed}
    inner = {"e": "kline", "k": row}
    return frame("binance", {"stream": "btcusdt@kline_1m", "data": inner} if combined else inner)


def okx(confirm: str, bar: str = "1m") -> dict[str, Any]:
    """A frame of OKX."""
    about = {"channel": f"candle{bar}", "instId": "BTC-USDT-SWAP"}
    row = [str(5 * MINUTE_MS), "1", "1", "1", "1", "1", "1", "1", confirm]
    return frame("okx", {"arg": about, "data": [row]})


@pytest.mark.parametrize(
    ("event", "seen"),
    [
        (bybit(True), [SIX]),
        (bybit(False), []),
        (binance(True), [SIX]),
        (binance(True, combined=True), [SIX]),
        (binance(False), []),
        (okx("1"), [SIX]),
        (okx("0"), []),
        (okx("1", "4H"), [Seen(symbol="BTCUSDT", began_ms=245 * MINUTE_MS)]),
        (frame("bybit", {"topic": "tickers.BTCUSDT", "data": {"confirm": True}}), []),
        (frame("okx", {"arg": {"channel": "tickers"}, "data": [["candle"]]}), []),
        ({"exchange": "okx", "kind": "open", "path": "/ws"}, []),
    ],
)
def test_only_closed_candles_are_told(event: dict[str, Any], seen: list[Seen]) -> None:
    """An open one, another topic and another event are none."""
    assert told(event) == seen


ROWS = [[str(number * MINUTE_MS), "1"] for number in (6, 5, 4)]


@pytest.mark.parametrize(
    ("event", "seen"),
    [
        (
            answer("bybit", "/v5/market/kline?symbol=BTCUSDT", {"result": {"list": ROWS}}),
            SIX,
        ),
        (answer("binance", "/fapi/v1/klines?symbol=BTCUSDT", ROWS[::-1]), SIX),
        (answer("okx", "/api/v5/market/candles?instId=BTC-USDT-SWAP", {"data": ROWS}), SIX),
        (answer("okx", "/api/v5/market/candles?instId=BTC-USDT-SWAP", {"data": []}), None),
        (answer("binance", "/fapi/v1/klines?symbol=BTCUSDT", {"code": -1121}), None),
        (answer("bybit", "/v5/market/kline", {"result": {"list": ROWS}}), None),
        (answer("bybit", "/v5/market/time", {}), None),
        (
            answer(
                "bybit", "/v5/market/kline?symbol=BTCUSDT", {"result": {"list": ROWS}}, lost=True
            ),
            None,
        ),
        (bybit(True), None),
    ],
)
def test_the_newest_candle_of_an_answer_is_seen(event: dict[str, Any], seen: Seen | None) -> None:
    """Whatever the order of its rows; a refusal, an empty or a lost answer shows none."""
    assert asked(event) == seen
