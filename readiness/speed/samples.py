"""Reads out of a recording how long a bot took from each closed candle to the order that opens.

A bot that is told of candles holds one when its frame leaves the exchange. A bot that asks holds
one when it asks for it: what it waited before it asked is counted apart. An order that closes is no
sample, since what is in its way is another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qs, urlsplit

from readiness.speed.candles import Seen, asked, told
from readiness.wire.languages.language import as_json, as_mapping
from readiness.wire.traffic import LANGUAGES, Event, order_place
from readiness.wire.words import Command, Fate

__all__ = ["Sample", "Series", "read_series"]

FOREVER_US = 2**63
SIGNED = ("x-bapi-timestamp", "ok-access-timestamp")


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
    """What one bot did: `candles` were held, some followed.

    `waits_ms` is the wait before asking, of each candle that was asked for; `sends_ms` the way of
    each order from the time that the bot wrote on it, in whole milliseconds, to the exchange.
    """

    samples: tuple[Sample, ...]
    candles: int
    waits_ms: tuple[float, ...] = ()
    sends_ms: tuple[float, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Reading:
    """Candles not followed yet, by symbol, and what was found of those held in the time."""

    since_us: int
    until_us: int
    held_us: dict[str, int] = field(default_factory=dict)
    newest_ms: dict[str, int] = field(default_factory=dict)
    net: dict[str, Decimal] = field(default_factory=dict)
    candles: int = 0
    samples: list[Sample] = field(default_factory=list)
    waits_ms: list[float] = field(default_factory=list)
    sends_ms: list[float] = field(default_factory=list)

    def counts(self, at_us: int) -> bool:
        """Whether it was within the time that is measured."""
        return self.since_us <= at_us < self.until_us

    def hold(self, seen: Seen, at_us: int) -> bool:
        """A candle that the bot did not have before; one that nobody followed is forgotten."""
        if seen.began_ms <= self.newest_ms.get(seen.symbol, -1):
            return False
        self.newest_ms[seen.symbol] = seen.began_ms
        self.held_us[seen.symbol] = at_us
        self.candles += self.counts(at_us)
        return True

    def follow(self, symbol: str, at_us: int) -> None:
        """The first order since the candle."""
        began_us = self.held_us.pop(symbol, None)
        if began_us is not None and self.counts(began_us):
            self.samples.append(Sample(symbol=symbol, held_us=began_us, ordered_us=at_us))


def read_series(
    events: Iterable[Event], speed: int, since_us: int = 0, until_us: int = FOREVER_US
) -> Series:
    """What one bot did within this time; its market is `speed` times as fast as the clock."""
    reading = _Reading(since_us=since_us, until_us=until_us)
    for event in events:
        for seen in told(event):
            reading.hold(seen, event["wall_us"])
        newest = asked(event)
        if newest is not None:
            _asked(reading, newest, event, speed)
        _orders(reading, event)
    return Series(
        samples=tuple(reading.samples),
        candles=reading.candles,
        waits_ms=tuple(reading.waits_ms),
        sends_ms=tuple(reading.sends_ms),
    )


def _asked(reading: _Reading, seen: Seen, event: Event, speed: int) -> None:
    """The first answer of all shows no new candle: its bot has only come."""
    if seen.symbol not in reading.newest_ms:
        reading.newest_ms[seen.symbol] = seen.began_ms
    elif reading.hold(seen, event["wall_us"]) and reading.counts(event["wall_us"]):
        reading.waits_ms.append((event["market_ms"] - seen.began_ms) / speed)


def _orders(reading: _Reading, event: Event) -> None:
    language = LANGUAGES[event["exchange"]]
    place = order_place(language, event)
    if not place:
        return
    at_us = event["wall_us"]
    rows = language.told(event)
    commands = [language.command(language.places[place], at_us, row) for row in rows]
    created = [command for command in commands if command.kind == "create"]
    signed_ms = _signed_ms(event) if created else None
    if signed_ms is not None and reading.counts(at_us):
        reading.sends_ms.append(at_us / 1000 - signed_ms)
    for index, command in enumerate(created):
        if command.leg in {"long", "short"}:
            if command.enters:
                reading.follow(command.symbol, at_us)
        else:
            _net(reading, event, command, index)


def _net(reading: _Reading, event: Event, command: Command, index: int) -> None:
    """Follow the candle by an order that makes the position larger; any other forgets it.

    An order of the other side closes first, and what opens after it has waited for that.
    """
    symbol, sign = command.symbol, 1 if command.side == "buy" else -1
    net = reading.net.get(symbol, Decimal(0))
    if net * sign >= 0 and not command.says_reduce:
        reading.follow(symbol, event["wall_us"])
    reading.held_us.pop(symbol, None)
    if _is_accepted(event, index):
        reading.net[symbol] = net + sign * _quantity(command)


def _is_accepted(event: Event, index: int) -> bool:
    """By the answer of a request; of an order on a socket it is believed."""
    if event["kind"] != "request":
        return True
    reply = event["reply"]
    body = None if reply["lost"] else as_json(reply["body"].get("text", ""))
    fate = LANGUAGES[event["exchange"]].fate(reply["status"], body, index)
    return fate is Fate.ACCEPTED


def _quantity(command: Command) -> Decimal:
    try:
        return Decimal(command.qty)
    except InvalidOperation:
        return Decimal(0)  # Bybit closes everything by a text that is no number, such as "".


def _signed_ms(event: Event) -> float | None:
    """When the bot wrote this order, as it says; None where it does not say."""
    if event["kind"] == "in":
        frame = as_mapping(event["frame"].get("text", ""))
        stamp = _within(frame, "header", "X-BAPI-TIMESTAMP") or _within(
            frame, "params", "timestamp"
        )
    else:
        query = urlsplit(event["target"]).query + "&" + event["body"].get("text", "")
        said = [event["headers"].get(name) for name in SIGNED]
        stamp = next(filter(None, said), None) or parse_qs(query).get("timestamp", [None])[0]
    return _as_ms(str(stamp)) if stamp else None


def _within(frame: Mapping[str, Any], part: str, name: str) -> object:
    inner = frame.get(part)
    return inner.get(name) if isinstance(inner, dict) else None


def _as_ms(stamp: str) -> float | None:
    """Milliseconds since 1970, or a time as ISO 8601 writes it."""
    try:
        return float(stamp) if stamp.isdigit() else datetime.fromisoformat(stamp).timestamp() * 1000
    except ValueError:
        return None
