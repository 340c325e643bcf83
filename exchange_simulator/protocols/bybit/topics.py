"""Public topics: each turns market events into frames, encoded once for all who listen."""

from typing import Any, Protocol

from exchange_simulator.market.candles import Candle
from exchange_simulator.market.day import DayStatistics, day_statistics
from exchange_simulator.market.symbol import MarketTrade, SymbolMarket
from exchange_simulator.protocols.answers import encode, plain
from exchange_simulator.protocols.book_view import book_levels
from exchange_simulator.protocols.bybit.market_routes import INTERVALS_MS
from exchange_simulator.protocols.bybit.ticker import ticker_row
from exchange_simulator.protocols.candle_feed import CandleFeed, Told
from exchange_simulator.state import Exchange, Liquidation

__all__ = ["Topic", "open_topic"]

_DEPTHS = {"1": 1, "50": 50, "200": 200, "1000": 1000}
_BOOK_REPEAT_MS = 3000
_STATISTICS_EVERY_MS = 60_000


class Topic(Protocol):
    """A public topic of one symbol; every method returns the frames to send, in order."""

    symbol: str

    def welcome(self) -> list[bytes]:
        """Frames for a new subscriber only."""

    def closed(self, moment_ms: int) -> list[bytes]:
        """Frames when a base candle of the tape ends."""

    def traded(self, trade: MarketTrade) -> list[bytes]:
        """Frames for a market step."""

    def touched(self) -> list[bytes]:
        """Frames for a book that orders changed between steps."""

    def liquidated(self, liquidation: Liquidation) -> list[bytes]:
        """Frames for a forced close."""


def open_topic(exchange: Exchange, name: str) -> Topic | None:
    """Return the topic of a name such as kline.5.BTCUSDT, or None if there is no such topic."""
    parts = name.split(".")
    symbol = parts[-1]
    market = exchange.markets.get(symbol)
    if market is None:
        return None
    match parts[:-1]:
        case ["publicTrade"]:
            return _Trades(exchange, market)
        case ["tickers"]:
            return _Ticker(exchange, market)
        case ["allLiquidation"]:
            return _Liquidations(exchange, market)
        case ["kline", interval] if interval in INTERVALS_MS:
            return _Kline(market, interval)
        case ["orderbook", depth] if depth in _DEPTHS:
            return _OrderBook(exchange, market, _DEPTHS[depth])
        case _:
            return None


class _Quiet:
    """What most topics do about most events: nothing."""

    symbol: str

    def welcome(self) -> list[bytes]:
        return []

    def closed(self, moment_ms: int) -> list[bytes]:
        return []

    def traded(self, trade: MarketTrade) -> list[bytes]:
        return []

    def touched(self) -> list[bytes]:
        return []

    def liquidated(self, liquidation: Liquidation) -> list[bytes]:
        return []


class _Trades(_Quiet):
    """publicTrade: the tape's trades. Clients' own trades do not print: the tape is given."""

    def __init__(self, exchange: Exchange, market: SymbolMarket) -> None:
        self.symbol = market.instrument.symbol
        self._market = market
        self._last = market.last_ticks
        self._direction = "ZeroPlusTick"

    def traded(self, trade: MarketTrade) -> list[bytes]:
        if not trade.units:
            return []
        if trade.ticks != self._last:
            self._direction = "PlusTick" if trade.ticks > self._last else "MinusTick"
        elif not self._direction.startswith("Zero"):
            self._direction = f"Zero{self._direction}"
        self._last = trade.ticks
        market = self._market
        row = {
            "T": trade.time_ms,
            "s": self.symbol,
            "S": "Buy" if trade.buyer else "Sell",
            "v": plain(market.volume(trade.units)),
            "p": format(market.instrument.price_of(trade.ticks), "f"),
            "L": self._direction,
            "i": f"{self.symbol}-{market.step}",
            "BT": False,
            "RPI": False,
            "seq": trade.seq,
        }
        return [
            encode(
                {
                    "topic": f"publicTrade.{self.symbol}",
                    "type": "snapshot",
                    "ts": trade.time_ms,
                    "data": [row],
                }
            )
        ]


class _Kline(_Quiet):
    """kline: the open candle at every trade, and once more with confirm when it ends."""

    def __init__(self, market: SymbolMarket, interval: str) -> None:
        self.symbol = market.instrument.symbol
        self._market = market
        self._interval = interval
        now_ms = market.step_time_ms(market.step)
        self._feed = CandleFeed(market, INTERVALS_MS[interval], now_ms)

    def closed(self, moment_ms: int) -> list[bytes]:
        return self._frames(self._feed.closed(moment_ms), moment_ms)

    def traded(self, trade: MarketTrade) -> list[bytes]:
        return self._frames(self._feed.traded(trade), trade.time_ms)

    def _frames(self, told: Told, moment_ms: int) -> list[bytes]:
        return [
            self._frame(candle, candle.close_ms if ended else moment_ms, confirm=ended)
            for candle, ended in told
        ]

    def _frame(self, candle: Candle, moment_ms: int, *, confirm: bool) -> bytes:
        price = self._market.instrument.price_of
        row = {
            "start": candle.open_ms,
            "end": candle.close_ms - 1,
            "interval": self._interval,
            "open": format(price(candle.open), "f"),
            "close": format(price(candle.close), "f"),
            "high": format(price(candle.high), "f"),
            "low": format(price(candle.low), "f"),
            "volume": plain(self._market.volume(candle.volume)),
            "turnover": plain(candle.turnover(self._market)),
            "confirm": confirm,
            "timestamp": moment_ms,
        }
        return encode(
            {
                "topic": f"kline.{self._interval}.{self.symbol}",
                "data": [row],
                "ts": moment_ms,
                "type": "snapshot",
            }
        )


class _Ticker(_Quiet):
    """tickers: a snapshot on subscribing, then deltas of the fields that changed."""

    _UNUSED = ("predictedDeliveryPrice", "basisRate", "basisRateYear", "deliveryFeeRate", "basis")

    def __init__(self, exchange: Exchange, market: SymbolMarket) -> None:
        self.symbol = market.instrument.symbol
        self._exchange = exchange
        self._market = market
        self._day: DayStatistics | None = None
        self._day_ms = 0
        self._last = market.last_ticks
        self._direction = "PlusTick"
        self._row = self._fields()

    def _fields(self) -> dict[str, str]:
        now_ms = self._exchange.now_ms
        if self._day is None or now_ms - self._day_ms >= _STATISTICS_EVERY_MS:
            self._day, self._day_ms = day_statistics(self._market, now_ms), now_ms
        row = ticker_row(self._exchange, self.symbol, self._day)
        for name in (*self._UNUSED, "deliveryTime"):
            del row[name]
        row["tickDirection"] = self._direction
        return row

    def _frame(self, kind: str, data: dict[str, str]) -> bytes:
        return encode(
            {
                "topic": f"tickers.{self.symbol}",
                "type": kind,
                "data": data,
                "cs": self._market.seq,
                "ts": self._exchange.now_ms,
            }
        )

    def welcome(self) -> list[bytes]:
        return [self._frame("snapshot", self._row)]

    def traded(self, trade: MarketTrade) -> list[bytes]:
        before = self._row
        if trade.ticks != self._last:
            self._direction = "PlusTick" if trade.ticks > self._last else "MinusTick"
            self._last = trade.ticks
        self._row = self._fields()
        changed = {name: text for name, text in self._row.items() if before[name] != text}
        return [self._frame("delta", {"symbol": self.symbol, **changed})] if changed else []


class _OrderBook(_Quiet):
    """orderbook: a snapshot, then deltas; level 1 sends snapshots only."""

    def __init__(self, exchange: Exchange, market: SymbolMarket, depth: int) -> None:
        self.symbol = market.instrument.symbol
        self._exchange = exchange
        self._market = market
        self._depth = depth
        self._update = market.step + 1
        self._count = 0
        self._sides = self._read()
        self._sent_ms = exchange.now_ms

    def _read(self) -> tuple[dict[int, int], dict[int, int]]:
        bids, asks = (
            dict(book_levels(self._exchange, self.symbol, bids=side, depth=self._depth))
            for side in (True, False)
        )
        return bids, asks

    def welcome(self) -> list[bytes]:
        return [self._frame("snapshot", *self._sides)]

    def traded(self, trade: MarketTrade) -> list[bytes]:
        return self._changes()

    def touched(self) -> list[bytes]:
        return self._changes()

    def _changes(self) -> list[bytes]:
        before, after = self._sides, self._read()
        if before == after:
            if self._depth > 1 or self._exchange.now_ms - self._sent_ms < _BOOK_REPEAT_MS:
                return []
            self._sent_ms = self._exchange.now_ms
            return [self._frame("snapshot", *after)]
        self._sides = after
        self._update += 1
        self._count += 1
        self._sent_ms = self._exchange.now_ms
        if self._depth == 1:
            return [self._frame("snapshot", *after)]
        bids, asks = (_difference(old, new) for old, new in zip(before, after, strict=True))
        return [self._frame("delta", bids, asks)]

    def _frame(self, kind: str, bids: dict[int, int], asks: dict[int, int]) -> bytes:
        price, step = self._market.instrument.price_of, self._market.instrument.qty_step
        rows: list[list[list[str]]] = [
            [
                [format(price(ticks), "f"), format(step * steps, "f") if steps else "0"]
                for ticks, steps in side.items()
            ]
            for side in (bids, asks)
        ]
        data: dict[str, Any] = {
            "s": self.symbol,
            "b": rows[0],
            "a": rows[1],
            "u": self._update,
            "seq": self._market.seq + self._count % 64,
        }
        return encode(
            {
                "topic": f"orderbook.{self._depth}.{self.symbol}",
                "type": kind,
                "ts": self._exchange.now_ms,
                "data": data,
                "cts": self._market.step_time_ms(self._market.step),
            }
        )


def _difference(old: dict[int, int], new: dict[int, int]) -> dict[int, int]:
    """Return changed and new levels, and vanished ones with quantity zero."""
    changed = {ticks: steps for ticks, steps in new.items() if old.get(ticks) != steps}
    gone = {ticks: 0 for ticks in old if ticks not in new}
    return {**changed, **gone}


class _Liquidations(_Quiet):
    """allLiquidation: forced closes of the symbol; S is the side of the leg that was closed."""

    def __init__(self, exchange: Exchange, market: SymbolMarket) -> None:
        self.symbol = market.instrument.symbol

    def liquidated(self, liquidation: Liquidation) -> list[bytes]:
        row = {
            "T": liquidation.time_ms,
            "s": self.symbol,
            "S": liquidation.side.opposite.value,
            "v": plain(liquidation.qty),
            "p": plain(liquidation.price),
        }
        return [
            encode(
                {
                    "topic": f"allLiquidation.{self.symbol}",
                    "type": "snapshot",
                    "ts": liquidation.time_ms,
                    "data": [row],
                }
            )
        ]
