"""From closed candles as they come to predictions: rows of columns, streamed features, the manager.

A symbol's row needs BTC's and ETH's candle of the same instant, so whoever closes first waits for
them. Rows equal those that training derives from whole files; a test holds both beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bot_trading.domain.market import Candle
from bot_trading.domain.prediction import Prediction
from bot_trading.features.catalog import feature_names
from bot_trading.features.columns import CandleColumns, FundingColumns, derive_columns
from bot_trading.features.stream import FeatureStream
from bot_trading.features.window import SPANS, WINDOW_ROWS, MalformedCandles
from bot_trading.ml.arrays import Floats
from bot_trading.ml.manager import MLManager

__all__ = ["LivePredictor", "SettledRate"]

_BTC, _ETH = "BTCUSDT", "ETHUSDT"
_PARTS = ("open", "high", "low", "close", "volume")
_COLD = np.empty(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledRate:
    """A funding rate as settled: fraction of the notional that longs paid at this instant."""

    ts_settled_us: int
    rate: float


@dataclass(slots=True)
class _Growing:
    """A longer candle in the making, and the last one that was whole."""

    span_us: int
    length: int
    bucket: int = -1
    count: int = 0
    parts: list[float] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)

    def add(self, open_us: int, values: Sequence[float]) -> None:
        bucket = open_us // self.span_us
        if bucket != self.bucket:
            self.bucket, self.count, self.parts = bucket, 0, list(values)
        else:
            parts = self.parts
            parts[1], parts[2] = max(parts[1], values[1]), min(parts[2], values[2])
            parts[3], parts[4] = values[3], parts[4] + values[4]
        self.count += 1
        if self.count == self.length:
            self.closed = self.parts


class LivePredictor:
    """Knows the candles of some symbols and of BTC and ETH, and answers at every close."""

    def __init__(self, manager: MLManager, symbols: Sequence[str], interval_s: int = 300) -> None:
        self._manager = manager
        self._symbols = tuple(dict.fromkeys([*symbols, _BTC, _ETH]))
        self._wanted = frozenset(symbols)
        self._interval_s = interval_s
        self._stream = FeatureStream(self._symbols, interval_s)
        self._growing: dict[str, tuple[_Growing, ...]] = {}
        self._rate: dict[str, float] = {}
        self._waiting: dict[int, dict[str, list[float]]] = {}
        self._last_us: dict[str, int] = {}
        self.problems: dict[str, str] = {s: "no history was loaded" for s in self._symbols}

    @property
    def symbols(self) -> tuple[str, ...]:
        """Whose candles are needed: those asked for, BTC and ETH."""
        return self._symbols

    def load(
        self, candles: Mapping[str, Sequence[Candle]], funding: Mapping[str, Sequence[SettledRate]]
    ) -> Mapping[str, str]:
        """Start anew from history, oldest first; returns why a symbol has no features yet.

        Two whole UTC days are enough. BTC and ETH must cover what the others do.
        """
        context = {name: _columns(candles.get(name, ())) for name in (_BTC, _ETH)}
        self._waiting.clear()
        for symbol in self._symbols:
            history, rates = candles.get(symbol, ()), funding.get(symbol, ())
            try:
                self._load_one(symbol, history, rates, context)
                del self.problems[symbol]
            except KeyError:
                pass
            except MalformedCandles as error:
                self.problems[symbol] = str(error)
        return dict(self.problems)

    def on_funding(self, symbol: str, settled: SettledRate) -> None:
        """A rate was settled; rows that close from now on hold it."""
        self._rate[symbol] = settled.rate

    def on_candle(self, candle: Candle, now_us: int | None = None) -> dict[str, Prediction]:
        """Predictions that this close makes possible: none while BTC or ETH are awaited.

        A candle that was seen before changes nothing. A symbol without features gets the fallback's
        answer; `problems` says why, and `load` starts it anew.
        """
        symbol = candle.instrument_id.symbol
        if candle.open_us <= self._last_us.get(symbol, -1):
            return {}
        self._last_us[symbol] = candle.open_us
        self._forget_before(candle.open_us)
        values = [float(getattr(candle, part)) for part in _PARTS]
        together = self._waiting.setdefault(candle.open_us, {})
        together[symbol] = values
        if _BTC not in together or _ETH not in together:
            return {}
        closes = (together[_BTC][3], together[_ETH][3])
        ready = {symbol: values} if symbol not in (_BTC, _ETH) else dict(together)
        features = self._features(candle.open_us, ready, closes)
        asked = {name: row for name, row in features.items() if name in self._wanted}
        return self._manager.predict(asked, candle.close_us, now_us) if asked else {}

    def _features(
        self, open_us: int, ready: Mapping[str, list[float]], closes: tuple[float, float]
    ) -> dict[str, Floats]:
        """Streamed features of the symbols that have just closed; an empty row for a cold one."""
        rows: dict[str, list[float]] = {}
        found: dict[str, Floats] = {}
        for symbol, values in ready.items():
            row = None
            if symbol not in self.problems:
                row = self._row(symbol, open_us, values, closes)
            if row is None:
                found[symbol] = _COLD
            else:
                rows[symbol] = row
        if not rows:
            return found
        try:
            matrix = self._stream.update(rows)
        except MalformedCandles:
            matrix = self._one_by_one(rows)
        for at, symbol in enumerate(rows):
            found[symbol] = _COLD if symbol in self.problems else matrix[at]
        return found

    def _one_by_one(self, rows: Mapping[str, list[float]]) -> Floats:
        """The same when a symbol does not continue: it goes cold, the others do not suffer."""
        matrix = np.full((len(rows), len(feature_names())), np.nan)
        for at, (symbol, row) in enumerate(rows.items()):
            try:
                matrix[at] = self._stream.update({symbol: row})[0]
            except MalformedCandles as error:
                self.problems[symbol] = str(error)
        return matrix

    def _row(
        self, symbol: str, open_us: int, values: list[float], closes: tuple[float, float]
    ) -> list[float] | None:
        """One row in the order of COLUMNS."""
        growing = self._growing[symbol]
        for longer in growing:
            longer.add(open_us, values)
        row = [float(open_us), *values, *closes, self._rate[symbol]]
        for longer in growing:
            row += longer.closed
        return row

    def _load_one(
        self,
        symbol: str,
        history: Sequence[Candle],
        rates: Sequence[SettledRate],
        context: Mapping[str, CandleColumns],
    ) -> None:
        settled = FundingColumns(
            ts_settled_us=np.array([rate.ts_settled_us for rate in rates], dtype=np.int64),
            rate=np.array([rate.rate for rate in rates], dtype=np.float64),
        )
        table = derive_columns(
            _columns(history),
            funding=settled,
            btc=context[_BTC],
            eth=context[_ETH],
            interval_s=self._interval_s,
        )
        if len(table) < WINDOW_ROWS:
            raise MalformedCandles(
                f"{symbol}: {len(table)} rows with their whole context, {WINDOW_ROWS} are needed; "
                "load a longer history"
            )
        self._stream.load(symbol, table)
        growing = tuple(
            _Growing(span_us=span_s * 1_000_000, length=span_s // self._interval_s)
            for span_s in SPANS.values()
        )
        for candle in history:
            values = [float(getattr(candle, part)) for part in _PARTS]
            for longer in growing:
                longer.add(candle.open_us, values)
        self._growing[symbol] = growing
        self._last_us[symbol] = history[-1].open_us
        self._rate[symbol] = float(table.funding_rate[-1])

    def _forget_before(self, open_us: int) -> None:
        """Candles that waited for BTC or ETH in vain are dropped after two closes."""
        oldest_us = open_us - 2 * self._interval_s * 1_000_000
        for stamp in [stamp for stamp in self._waiting if stamp < oldest_us]:
            del self._waiting[stamp]


def _columns(candles: Sequence[Candle]) -> CandleColumns:
    parts = {
        part: np.array([float(getattr(candle, part)) for candle in candles], dtype=np.float64)
        for part in _PARTS
    }
    stamps = np.array([candle.open_us for candle in candles], dtype=np.int64)
    return CandleColumns(ts_open_us=stamps, **parts)
