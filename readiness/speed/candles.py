"""Finds in what passed between a bot and its exchange when each closed candle came to the bot.

Every candle is known by when the one after it began, which a frame of a closed candle and an answer
with the open one both tell, whatever the exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from readiness.wire.languages.language import as_json, as_mapping
from readiness.wire.traffic import Event

__all__ = ["Seen", "asked", "told"]

UNITS_MS = {"s": 1_000, "m": 60_000, "H": 3_600_000, "D": 86_400_000, "W": 604_800_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A candle of this symbol ended, and the next one began, at this time of the market."""

    symbol: str
    began_ms: int


def told(event: Event) -> list[Seen]:
    """The closed candles of a frame that the exchange sent; none for anything else."""
    if event["kind"] != "out":
        return []
    mark, read = _TOLD[event["exchange"]]
    text = event["frame"].get("text", "")
    return read(as_mapping(text)) if mark in text else []


def asked(event: Event) -> Seen | None:
    """The newest candle in an answer to the bot; None for anything else, and for a lost answer."""
    if event["kind"] != "request" or event["reply"]["lost"]:
        return None
    place, read = _ASKED[event["exchange"]]
    parts = urlsplit(event["target"])
    if not parts.path.startswith(place):
        return None
    query = {name: found[0] for name, found in parse_qs(parts.query).items()}
    try:
        return read(query, as_json(event["reply"]["body"].get("text", "")))
    except (LookupError, TypeError, ValueError):
        return None  # A refusal, or no rows at all: no candle was seen.


def _bybit_told(frame: Mapping[str, Any]) -> list[Seen]:
    topic = str(frame.get("topic", ""))
    return [
        Seen(symbol=topic.rpartition(".")[2], began_ms=int(row["end"]) + 1)
        for row in frame.get("data", [])
        if topic.startswith("kline.") and row.get("confirm")
    ]


def _binance_told(frame: Mapping[str, Any]) -> list[Seen]:
    inner = frame.get("data", frame)
    row = inner.get("k") if isinstance(inner, dict) else None
    if not isinstance(row, dict) or not row.get("x"):
        return []
    symbol = str(row.get("s") or inner.get("ps", ""))  # Continuous contracts name a pair.
    return [Seen(symbol=symbol, began_ms=int(row["T"]) + 1)]


def _okx_told(frame: Mapping[str, Any]) -> list[Seen]:
    about = frame.get("arg", {})
    channel = str(about.get("channel", ""))
    if not channel.startswith("candle"):
        return []
    lasts_ms = _bar_ms(channel.removeprefix("candle"))
    return [
        Seen(symbol=_okx_symbol(about["instId"]), began_ms=int(row[0]) + lasts_ms)
        for row in frame.get("data", [])
        if row[-1] == "1"
    ]


def _bar_ms(bar: str) -> int:
    """How long a candle lasts, as OKX names it: 1m, 4H, 1Dutc; unknown ones count as none."""
    name = bar.removesuffix("utc")
    return int(name[:-1]) * UNITS_MS.get(name[-1], 0)


def _okx_symbol(name: object) -> str:
    return str(name).removesuffix("-SWAP").replace("-", "")


def _bybit_asked(query: Mapping[str, str], body: Any) -> Seen:
    newest = max(int(row[0]) for row in body["result"]["list"])
    return Seen(symbol=query["symbol"], began_ms=newest)


def _binance_asked(query: Mapping[str, str], body: Any) -> Seen:
    symbol = query.get("symbol") or query["pair"]
    return Seen(symbol=symbol, began_ms=max(int(row[0]) for row in body))


def _okx_asked(query: Mapping[str, str], body: Any) -> Seen:
    newest = max(int(row[0]) for row in body["data"])
    return Seen(symbol=_okx_symbol(query["instId"]), began_ms=newest)


# The mark is cheap to look for: of tens of thousands of frames few hold a closed candle.
_TOLD: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], list[Seen]]]] = {
    "bybit": ('"confirm":true', _bybit_told),
    "binance": ('"x":true', _binance_told),
    "okx": ('"candle', _okx_told),
}
_ASKED: Mapping[str, tuple[str, Callable[[Mapping[str, str], Any], Seen]]] = {
    "bybit": ("/v5/market/kline", _bybit_asked),
    "binance": ("/fapi/v1/klines", _binance_asked),
    "okx": ("/api/v5/market/candles", _okx_asked),
}
