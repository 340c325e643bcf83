"""Market streams: each turns market events into payloads for all who listen to its name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exchange_simulator.market.candles import Candle
from exchange_simulator.market.symbol import MarketTrade, SymbolMarket
from exchange_simulator.model import Side
from exchange_simulator.protocols.answers import plain
from exchange_simulator.protocols.binance.depth import DepthChanges, Depths
from exchange_simulator.protocols.binance.market_routes import (
    INTERVALS_MS,
    book_ticker_row,
    candle_row,
    mark_price_row,
    ticker_row,
)
from exchange_simulator.protocols.candle_feed import CandleFeed, Told
from exchange_simulator.state import Exchange, Liquidation

__all__ = ["Stream", "open_stream"]

_SPEEDS = ("", "0ms", "100ms", "250ms", "500ms")
_MARK_SPEEDS_MS = {"": 3000, "3s": 3000, "1s": 1000}
_TICKER_MS = 2000
Event = dict[str, Any]
Payload = Event | list[Event] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What a stream of one symbol says about each kind of event: one event, several or none."""

    symbol: str
    traded: Callable[[MarketTrade], Payload] | None = None
    touched: Callable[[], Payload] | None = None
    closed: Callable[[int], Payload] | None = None
    liquidated: Callable[[Liquidation], Payload] | None = None


def open_stream(exchange: Exchange, name: str) -> Stream | None:
    """Return the stream of a name such as btcusdt@aggTrade, or None where there is none."""
    head, _, rest = name.partition("@")
    symbol = head.upper()
    if symbol not in exchange.markets or head != head.lower():
        return None
    kind, _, speed = rest.partition("@")
    if kind in ("aggTrade", "trade"):
        return _trades(exchange, symbol, kind)
    if kind == "markPrice" and speed in _MARK_SPEEDS_MS:
        return _mark_price(exchange, symbol, _MARK_SPEEDS_MS[speed])
    if kind in ("ticker", "miniTicker"):
        return _ticker(exchange, symbol, mini=kind == "miniTicker")
    if kind == "bookTicker":
        return _book_ticker(exchange, symbol)
    if kind == "forceOrder":
        return Stream(symbol=symbol, liquidated=_liquidation)
    if kind.startswith("kline_") and kind[6:] in INTERVALS_MS:
        feed = _Kline(exchange, exchange.market(symbol), kind[6:])
        return Stream(symbol=symbol, traded=feed.traded, closed=feed.closed)
    if kind == "depth" and speed in _SPEEDS:
        return _changes(exchange, symbol)
    if kind in ("depth5", "depth10", "depth20") and speed in _SPEEDS:
        return _partial(exchange, symbol, int(kind[5:]))
    return None


def _trades(exchange: Exchange, symbol: str, kind: str) -> Stream:
    """The tape's trades. Clients' own trades do not print: the tape is given."""
    market = exchange.market(symbol)

    def traded(trade: MarketTrade) -> Payload:
        if not trade.units:
            return None
        number = market.step + 1
        numbers: dict[str, Any] = {"a": number} if kind == "aggTrade" else {"t": number}
        texts = {
            "p": format(market.instrument.price_of(trade.ticks), "f"),
            "q": plain(market.volume(trade.units)),
        }
        extra: dict[str, Any] = (
            {"f": number, "l": number} if kind == "aggTrade" else {"X": "MARKET"}
        )
        stamp = {"e": kind, "E": trade.time_ms, "s": symbol}
        return {**stamp, **numbers, **texts, **extra, "T": trade.time_ms, "m": not trade.buyer}

    return Stream(symbol=symbol, traded=traded)


def _mark_price(exchange: Exchange, symbol: str, every_ms: int) -> Stream:
    due = [0]

    def traded(trade: MarketTrade) -> Payload:
        if trade.time_ms < due[0]:
            return None
        due[0] = trade.time_ms + every_ms
        row = mark_price_row(exchange, symbol)
        return {
            "e": "markPriceUpdate",
            "E": trade.time_ms,
            "s": symbol,
            "p": row["markPrice"],
            "ap": row["markPrice"],
            "i": row["indexPrice"],
            "P": row["estimatedSettlePrice"],
            "r": row["lastFundingRate"],
            "T": row["nextFundingTime"],
        }

    return Stream(symbol=symbol, traded=traded)


_TICKER_NAMES = {
    **{"p": "priceChange", "P": "priceChangePercent", "w": "weightedAvgPrice"},
    **{"c": "lastPrice", "Q": "lastQty", "o": "openPrice", "h": "highPrice", "l": "lowPrice"},
    **{"v": "volume", "q": "quoteVolume", "O": "openTime", "C": "closeTime"},
    **{"F": "firstId", "L": "lastId", "n": "count"},
}
_MINI = ("c", "o", "h", "l", "v", "q")


def _ticker(exchange: Exchange, symbol: str, *, mini: bool) -> Stream:
    due = [0]

    def traded(trade: MarketTrade) -> Payload:
        if trade.time_ms < due[0]:
            return None
        due[0] = trade.time_ms + _TICKER_MS
        row = ticker_row(exchange, symbol)
        names = _MINI if mini else tuple(_TICKER_NAMES)
        event = "24hrMiniTicker" if mini else "24hrTicker"
        values = {name: row[_TICKER_NAMES[name]] for name in names}
        return {"e": event, "E": trade.time_ms, "s": symbol, **values}

    return Stream(symbol=symbol, traded=traded)


def _book_ticker(exchange: Exchange, symbol: str) -> Stream:
    last: list[dict[str, Any]] = [{}]

    def now() -> Payload:
        row = book_ticker_row(exchange, symbol)
        best = {"b": row["bidPrice"], "B": row["bidQty"], "a": row["askPrice"], "A": row["askQty"]}
        if best == last[0]:
            return None
        last[0] = best
        stamp_ms = exchange.now_ms
        head = {"e": "bookTicker", "u": row["lastUpdateId"], "s": symbol}
        return {**head, **best, "T": stamp_ms, "E": stamp_ms}

    return Stream(symbol=symbol, traded=lambda trade: now(), touched=now)


def _liquidation(liquidation: Liquidation) -> Payload:
    price, quantity = format(liquidation.price, "f"), plain(liquidation.qty)
    order = {
        **{"s": liquidation.symbol, "S": "BUY" if liquidation.side is Side.BUY else "SELL"},
        **{"o": "LIMIT", "f": "IOC", "q": quantity, "p": price, "ap": price, "X": "FILLED"},
        **{"l": quantity, "z": quantity, "T": liquidation.time_ms},
    }
    return {"e": "forceOrder", "E": liquidation.time_ms, "o": order}


def _changes(exchange: Exchange, symbol: str) -> Stream:
    changes = DepthChanges(exchange, symbol)

    def now() -> Payload:
        event = changes.next()
        if event is None:
            return None
        stamp = {"E": exchange.now_ms, "T": exchange.now_ms, "s": symbol}
        return {"e": "depthUpdate", **stamp, **event}

    return Stream(symbol=symbol, traded=lambda trade: now(), touched=now)


def _partial(exchange: Exchange, symbol: str, depth: int) -> Stream:
    depths = Depths(exchange)
    last = [depths.update_id(symbol)]

    def now() -> Payload:
        book = depths.snapshot(symbol, depth)
        number = depths.update_id(symbol)
        numbers = {"U": last[0] + 1, "u": number, "pu": last[0]}
        last[0] = number
        stamp = {"E": exchange.now_ms, "T": exchange.now_ms, "s": symbol}
        return {"e": "depthUpdate", **stamp, **numbers, "b": book["bids"], "a": book["asks"]}

    return Stream(symbol=symbol, traded=lambda trade: now())


class _Kline:
    """The open candle at every trade, and once more with x true when it ends."""

    def __init__(self, exchange: Exchange, market: SymbolMarket, interval: str) -> None:
        self._market = market
        self._interval = interval
        self._feed = CandleFeed(market, INTERVALS_MS[interval], exchange.now_ms)

    def closed(self, moment_ms: int) -> list[Event]:
        """Confirm the candles that end at this moment."""
        return self._events(self._feed.closed(moment_ms), moment_ms)

    def traded(self, trade: MarketTrade) -> list[Event]:
        """Take a trade into the open candle."""
        return self._events(self._feed.traded(trade), trade.time_ms)

    def _events(self, told: Told, moment_ms: int) -> list[Event]:
        return [
            self._event(candle, candle.close_ms if ended else moment_ms, final=ended)
            for candle, ended in told
        ]

    def _event(self, candle: Candle, moment_ms: int, *, final: bool) -> Event:
        symbol = self._market.instrument.symbol
        row = candle_row(self._market, candle)
        names = ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q", "B")
        values = dict(zip(names, row, strict=True))
        head = {"s": symbol, "i": self._interval, "f": 1, "L": self._market.step + 1, "x": final}
        return {"e": "kline", "E": moment_ms, "s": symbol, "k": {**values, **head}}
