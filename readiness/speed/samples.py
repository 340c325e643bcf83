"""Reads out of a recording how long a bot took from each closed candle to the order that opens.

A bot that is told of candles holds one when its frame leaves the exchange. A bot that asks holds
one when it asks for it: what it waited before it asked is counted apart. An order that closes is no
sample, since what is in its way is another one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from readiness.wire.languages.bybit import BYBIT
from readiness.wire.languages.language import as_mapping
from readiness.wire.traffic import Event, order_place

__all__ = ["Sample", "Series", "read_polled", "read_told"]

CREATES = {"POST /v5/order/create", "POST /v5/order/create-batch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One candle that was followed: when the bot could have it, and when its order came."""

    symbol: str
    held_us: int
    ordered_us: int

    @property
    def took_ms(self) -> float:
        """From the candle to the order."""
        return (self.ordered_us - self.held_us) / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What one bot did: `candles` were held, some followed; `waits_ms` is the wait before asking,
    of each candle that was asked for."""

    samples: tuple[Sample, ...]
    candles: int
    waits_ms: tuple[float, ...] = ()


@dataclass(slots=True)
class _Reading:
    """Candles not followed yet, by symbol, and what was found of those held since `since_us`."""

    since_us: int = 0
    held_us: dict[str, int] = field(default_factory=dict)
    candles: int = 0
    samples: list[Sample] = field(default_factory=list)
    waits_ms: list[float] = field(default_factory=list)
    newest_ms: dict[str, int] = field(default_factory=dict)
    net: dict[str, Decimal] = field(default_factory=dict)

    def hold(self, symbol: str, at_us: int) -> None:
        """A closed candle is there; one that nobody followed is forgotten."""
        self.held_us[symbol] = at_us
        self.candles += at_us >= self.since_us

    def follow(self, symbol: str, at_us: int) -> None:
        """The first order since the candle."""
        began_us = self.held_us.pop(symbol, None)
        if began_us is not None and began_us >= self.since_us:
            self.samples.append(Sample(symbol=symbol, held_us=began_us, ordered_us=at_us))

    def series(self) -> Series:
        """What was found."""
        found, waits = tuple(self.samples), tuple(self.waits_ms)
        return Series(samples=found, candles=self.candles, waits_ms=waits)


def read_told(events: Iterable[Event], since_us: int = 0) -> Series:
    """Of a bot on a hedge account that is told of candles by a socket of Bybit, since then."""
    reading = _Reading(since_us=since_us)
    for event in events:
        if event["kind"] == "out" and '"confirm":true' in event["frame"].get("text", ""):
            topic = str(as_mapping(event["frame"]["text"]).get("topic", ""))
            reading.hold(topic.rpartition(".")[2], event["wall_us"])
        for order in _orders(event):
            if not order.get("reduceOnly") and not order.get("closeOnTrigger"):
                reading.follow(str(order["symbol"]), event["wall_us"])
    return reading.series()


def read_polled(events: Iterable[Event], speed: int, since_us: int = 0) -> Series:
    """Of a bot on a one-way account of Bybit that asks for candles, since then.

    Its market is `speed` times as fast as the clock.
    """
    reading = _Reading(since_us=since_us)
    for event in events:
        if event["kind"] != "request":
            continue
        if urlsplit(event["target"]).path == "/v5/market/kline":
            _asked(reading, event, speed)
        for order in _orders(event):
            _ordered(reading, event, order)
    return reading.series()


def _asked(reading: _Reading, event: Event, speed: int) -> None:
    """An answer whose first row, the candle still open, began later than that of the one before.

    The first answer of all shows no new candle: its bot has only come.
    """
    rows = _answered(event).get("result", {}).get("list", [])
    if not rows:
        return
    symbol = parse_qs(urlsplit(event["target"]).query)["symbol"][0]
    began_ms, known_ms = int(rows[0][0]), reading.newest_ms.get(symbol)
    reading.newest_ms[symbol] = began_ms
    if known_ms is not None and began_ms > known_ms:
        reading.hold(symbol, event["wall_us"])
        if event["wall_us"] >= reading.since_us:
            reading.waits_ms.append((event["market_ms"] - began_ms) / speed)


def _ordered(reading: _Reading, event: Event, order: Mapping[str, Any]) -> None:
    """Follow the candle by an order that makes the position larger; any other forgets it."""
    symbol, sign = str(order["symbol"]), 1 if order["side"] == "Buy" else -1
    net = reading.net.get(symbol, Decimal(0))
    if net * sign >= 0:
        reading.follow(symbol, event["wall_us"])
    reading.held_us.pop(symbol, None)
    if _answered(event).get("retCode") == 0:
        reading.net[symbol] = net + sign * Decimal(str(order["qty"]))


def _orders(event: Event) -> list[dict[str, Any]]:
    return BYBIT.told(event) if order_place(BYBIT, event) in CREATES else []


def _answered(event: Event) -> dict[str, Any]:
    """The answer as JSON; nothing where it was lost."""
    reply = event["reply"]
    text = reply["body"].get("text", "")
    if reply["lost"] or not text.startswith("{"):
        return {}
    found: dict[str, Any] = json.loads(text)
    return found
