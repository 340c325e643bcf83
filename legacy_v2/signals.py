"""v2's signals: pandas indicators over the last candles, computed anew for each closed candle.

The rule is plain momentum: follow a move of at least so many basis points over so many candles,
then pause. The other indicators are written beside the signal, for people to look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from legacy_v2.exchange import local_time

__all__ = ["Signal", "SignalGenerator", "add_indicators"]

SHOWN = ("momentum_bps", "ema_fast", "ema_slow", "macd", "rsi", "bollinger_width", "atr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """An opinion on a closed candle; `received_at` is when the bot held that candle."""

    symbol: str
    direction: str
    strength: float
    price: float
    candle_at: datetime
    received_at: datetime
    indicators: dict[str, float]


def add_indicators(candles: pd.DataFrame, lookback: int) -> pd.DataFrame:
    """The candles with momentum, averages, MACD, RSI, Bollinger width and ATR as columns."""
    frame = candles.copy()
    close = frame["close"]
    frame["momentum_bps"] = (close - close.shift(lookback)) / close.shift(lookback) * 10_000
    frame["ema_fast"] = close.ewm(span=12, adjust=False).mean()
    frame["ema_slow"] = close.ewm(span=26, adjust=False).mean()
    frame["macd"] = frame["ema_fast"] - frame["ema_slow"]
    change = close.diff()
    gain = change.clip(lower=0).ewm(alpha=1 / 14, adjust=False).mean()
    loss = (-change.clip(upper=0)).ewm(alpha=1 / 14, adjust=False).mean()
    frame["rsi"] = 100 * gain / (gain + loss)
    frame["bollinger_width"] = 4 * close.rolling(20).std() / close.rolling(20).mean()
    previous = close.shift()
    ranges = [frame["high"] - frame["low"], frame["high"] - previous, previous - frame["low"]]
    frame["atr"] = pd.concat(ranges, axis=1).max(axis=1).ewm(alpha=1 / 14, adjust=False).mean()
    return frame


class SignalGenerator:
    """Speaks at most once in `cool_down` candles after it last spoke, per symbol."""

    def __init__(
        self, lookback: int, threshold_bps: float, cool_down: int, interval_s: int
    ) -> None:
        self._lookback = lookback
        self._threshold_bps = threshold_bps
        self._pause_ms = cool_down * interval_s * 1_000
        self._spoke_ms: dict[str, float] = {}

    def warm_up(self, symbol: str, candles: pd.DataFrame) -> None:
        """Live through history, so that a pause that began before the start is kept."""
        frame = add_indicators(candles, self._lookback)
        for close_ms, momentum in zip(frame["close_ms"], frame["momentum_bps"], strict=True):
            self._speaks(symbol, close_ms, momentum)

    def generate(self, symbol: str, candles: pd.DataFrame, received_at: datetime) -> Signal | None:
        """A signal on the newest candle, or nothing."""
        newest = add_indicators(candles, self._lookback).iloc[-1]
        momentum = float(newest["momentum_bps"])
        if not self._speaks(symbol, float(newest["close_ms"]), momentum):
            return None
        return Signal(
            symbol=symbol,
            direction="long" if momentum > 0 else "short",
            strength=0.5,
            price=float(newest["close"]),
            candle_at=local_time(newest["close_ms"]),
            received_at=received_at,
            indicators={name: float(newest[name]) for name in SHOWN},
        )

    def _speaks(self, symbol: str, close_ms: float, momentum: float) -> bool:
        spoke_ms = self._spoke_ms.get(symbol)
        if spoke_ms is not None and close_ms - spoke_ms <= self._pause_ms:
            return False
        if not abs(momentum) >= self._threshold_bps:  # Also where the window is too short: NaN.
            return False
        self._spoke_ms[symbol] = close_ms
        return True
