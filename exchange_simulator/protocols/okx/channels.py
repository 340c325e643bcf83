"""Public channels: each turns market events into data for all who listen to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exchange_simulator.market.symbol import MarketTrade, SymbolMarket
from exchange_simulator.protocols.answers import plain
from exchange_simulator.protocols.candle_feed import CandleFeed, Told
from exchange_simulator.protocols.depth import BookChanges, book_number
from exchange_simulator.protocols.okx.market_routes import (
    BARS_MS,
    book_rows,
    book_sides,
    candle_row,
    funding_row,
    instrument_row,
    mark_row,
    ticker_row,
)
from exchange_simulator.protocols.okx.wire import contracts, instrument_name
from exchange_simulator.state import Exchange, Liquidation

__all__ = ["Channel", "open_channel"]

_BOOKS = {"books": 200, "books-l2-tbt": 200, "books50-l2-tbt": 50}
_SNAPSHOTS = {"books5": 5, "bbo-tbt": 1}
_FUNDING_MS = 60_000
Data = tuple[str, list[Any]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a channel says at first and about each kind of event: an action and rows, or nothing."""

    symbol: str
    welcome: Callable[[], Data]
    traded: Callable[[MarketTrade], Data] | None = None
    touched: Callable[[], Data] | None = None
    closed: Callable[[int], Data] | None = None
    liquidated: Callable[[Liquidation], Data] | None = None


def open_channel(exchange: Exchange, name: str, symbol: str) -> Channel | None:
    """Return a channel of a symbol, or None where there is none of this name."""
    if name in _BOOKS:
        return _book(exchange, symbol)
    if name in _SNAPSHOTS:
        return _snapshots(exchange, symbol, _SNAPSHOTS[name])
    if name.startswith("candle") and name[6:] in BARS_MS:
        feed = _Candles(exchange, exchange.market(symbol), BARS_MS[name[6:]])
        return Channel(symbol=symbol, welcome=feed.welcome, traded=feed.traded, closed=feed.closed)
    if name in ("trades", "trades-all"):
        return _trades(exchange, symbol)
    if name == "liquidation-orders":
        return Channel(
            symbol=symbol, welcome=lambda: None, liquidated=lambda one: _forced(exchange, one)
        )
    rows: dict[str, tuple[Callable[[Exchange, str], dict[str, Any]], int]] = {
        "tickers": (ticker_row, 0),
        "mark-price": (mark_row, 0),
        "funding-rate": (funding_row, _FUNDING_MS),
    }
    if name in rows:
        make, every_ms = rows[name]
        return _steady(exchange, symbol, make, every_ms)
    if name == "instruments":
        listed = [instrument_row(exchange, symbol)]
        return Channel(symbol=symbol, welcome=lambda: ("", listed))
    return None


def _steady(
    exchange: Exchange,
    symbol: str,
    make: Callable[[Exchange, str], dict[str, Any]],
    every_ms: int,
) -> Channel:
    """A row at every market step, or at most so often."""
    due = [0]

    def traded(trade: MarketTrade) -> Data:
        if trade.time_ms < due[0]:
            return None
        due[0] = trade.time_ms + every_ms
        return "", [make(exchange, symbol)]

    return Channel(symbol=symbol, welcome=lambda: ("", [make(exchange, symbol)]), traded=traded)


def _trades(exchange: Exchange, symbol: str) -> Channel:
    """The tape's trades. Clients' own trades do not print: the tape is given."""
    market = exchange.market(symbol)

    def traded(trade: MarketTrade) -> Data:
        if not trade.units:
            return None
        row = {
            "instId": instrument_name(market.instrument),
            "tradeId": str(market.step + 1),
            "px": plain(market.instrument.price_of(trade.ticks)),
            "sz": contracts(market.instrument, market.volume(trade.units)),
            "side": "buy" if trade.buyer else "sell",
            "ts": str(trade.time_ms),
            "count": "1",
            "source": "0",
            "seqId": trade.seq,
        }
        return "", [row]

    return Channel(symbol=symbol, welcome=lambda: None, traded=traded)


def _book(exchange: Exchange, symbol: str) -> Channel:
    """A snapshot, then what changed; seqId and prevSeqId chain them."""
    changes = BookChanges(exchange, symbol)

    def row(sides: dict[str, Any], number: int, previous: int) -> dict[str, Any]:
        numbers = {"checksum": 0, "seqId": number, "prevSeqId": previous}
        return {**sides, "ts": str(exchange.now_ms), **numbers}

    def welcome() -> Data:
        sides = book_sides(exchange, symbol, 200)
        return "snapshot", [row(sides, changes.last, -1)]

    def now() -> Data:
        change = changes.next()
        if change is None:
            return None
        sides = {
            "asks": book_rows(exchange, symbol, change.asks),
            "bids": book_rows(exchange, symbol, change.bids),
        }
        return "update", [row(sides, change.number, change.previous)]

    return Channel(symbol=symbol, welcome=welcome, traded=lambda trade: now(), touched=now)


def _snapshots(exchange: Exchange, symbol: str, depth: int) -> Channel:
    """The best levels whenever they may have changed."""

    def now() -> Data:
        sides = book_sides(exchange, symbol, depth)
        number = book_number(exchange, symbol)
        name = instrument_name(exchange.instrument(symbol))
        return "", [{**sides, "instId": name, "ts": str(exchange.now_ms), "seqId": number}]

    return Channel(symbol=symbol, welcome=now, traded=lambda trade: now(), touched=now)


def _forced(exchange: Exchange, liquidation: Liquidation) -> Data:
    instrument = exchange.instrument(liquidation.symbol)
    detail = {
        "bkLoss": "0",
        "bkPx": plain(liquidation.price),
        "ccy": "",
        "posSide": "long" if liquidation.side.sign < 0 else "short",
        "side": liquidation.side.value.lower(),
        "sz": contracts(instrument, liquidation.qty),
        "ts": str(liquidation.time_ms),
    }
    row = {
        "details": [detail],
        "instFamily": f"{instrument.base}-{instrument.quote}",
        "instId": instrument_name(instrument),
        "instType": "SWAP",
        "uly": f"{instrument.base}-{instrument.quote}",
    }
    return "", [row]


class _Candles:
    """The open candle at every trade, and once more as closed when it ends."""

    def __init__(self, exchange: Exchange, market: SymbolMarket, bar_ms: int) -> None:
        self._market = market
        self._feed = CandleFeed(market, bar_ms, exchange.now_ms)

    def welcome(self) -> Data:
        """The open candle as it is."""
        candle = self._feed.candle
        return None if candle is None else self._rows([(candle, False)])

    def closed(self, moment_ms: int) -> Data:
        """Confirm the candles that end at this moment."""
        return self._rows(self._feed.closed(moment_ms))

    def traded(self, trade: MarketTrade) -> Data:
        """Take a trade into the open candle."""
        return self._rows(self._feed.traded(trade))

    def _rows(self, told: Told) -> Data:
        """Rows of candles, each closed or open; nothing without any."""
        rows = [
            candle_row(self._market, candle, candle.close_ms if ended else candle.open_ms)
            for candle, ended in told
        ]
        return ("", rows) if rows else None
