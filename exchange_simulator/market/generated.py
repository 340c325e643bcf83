"""A seeded market of its own: regimes of volatility, swings, jumps and funding, without an end."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from random import Random

from exchange_simulator.market.depth import RecordedBook
from exchange_simulator.market.path import Path
from exchange_simulator.market.tape import TapeCandle

__all__ = ["GeneratedTape"]

_START_PRICES = {
    "BTC": 65_000.0,
    "ETH": 3_200.0,
    "SOL": 150.0,
    "BNB": 600.0,
    "XRP": 0.6,
    "ADA": 0.45,
    "AVAX": 30.0,
    "AAVE": 100.0,
    "APE": 1.2,
    "DOGE": 0.15,
    "LINK": 15.0,
    "LTC": 80.0,
    "DOT": 6.0,
}
# codelint: ok T08 because it only scales random volumes; no account is computed from it
_CANDLE_NOTIONAL = 2_000_000.0
# Standard deviation of one minute's return in a calm, a lively and a stormy regime.
_REGIMES = (0.0013, 0.0019, 0.0030)
_STAY = 0.985
_JUMP_CHANCE = 0.002
_SWING_PERIODS_MIN = (26, 190)
_SWING_SIZES = (0.0065, 0.016)


class GeneratedTape:
    """One-minute candles made in order from a seed; the same seed gives the same candles."""

    def __init__(
        self,
        *,
        symbol: str,
        seed: int,
        first_ms: int,
        tick_size: float,
        volume_decimals: int,
        interval_ms: int = 60_000,
    ) -> None:
        """Prepare the tape; `first_ms` is the open time of candle 0, a multiple of the interval."""
        self.interval_ms = interval_ms
        self.volume_decimals = volume_decimals
        self.first_ms = first_ms
        base = symbol.removesuffix("USDT")
        self._rng = Random(f"{seed}:{symbol}")  # noqa: S311
        self._price = _START_PRICES.get(base, 10.0)
        self._anchor = math.log(self._price)
        self._typical = int(_CANDLE_NOTIONAL / self._price * 10**volume_decimals)
        self._tick = tick_size
        self._regime = 1
        self._walk = 0.0
        self._phases = [self._rng.random() * 2 * math.pi for _ in _SWING_PERIODS_MIN]
        self._columns: tuple[array[int], ...] = tuple(array("q") for _ in range(5))
        self._last = round(self._price / tick_size)

    def candle(self, index: int) -> TapeCandle | None:
        """Return the candle at an index, making all candles up to it first."""
        if index < 0:
            return None
        while len(self._columns[0]) <= index:
            self._grow()
        opens, highs, lows, closes, volumes = self._columns
        return TapeCandle(
            open_ms=self.first_ms + index * self.interval_ms,
            open=opens[index],
            high=highs[index],
            low=lows[index],
            close=closes[index],
            volume=volumes[index],
        )

    def path(self, index: int) -> Path | None:
        """Return None: paths are made from the candles."""
        return None

    def end_ms(self) -> int | None:
        """Return None: this tape has no end."""
        return None

    def funding_rates(self) -> Mapping[int, float]:
        """Return nothing: the rates of a generated market are drawn from the seed."""
        return {}

    def volume_typical(self) -> int:
        """Return the typical volume of one candle in units."""
        return self._typical

    def recorded_book(self) -> RecordedBook | None:
        """Return None: a generated tape has a generated book."""
        return None

    def _grow(self) -> None:
        rng = self._rng
        if rng.random() > _STAY:
            self._regime = rng.randrange(len(_REGIMES))
        minutes = self.interval_ms / 60_000
        sigma = _REGIMES[self._regime] * math.sqrt(minutes)
        step = rng.gauss(0, sigma)
        if rng.random() < _JUMP_CHANCE:
            step += rng.choice((-1, 1)) * rng.uniform(0.006, 0.018)
        # The walk is pulled back slowly, so that an endless market stays in a sensible range.
        self._walk = self._walk * 0.9995 + step
        index = len(self._columns[0])
        log_price = self._anchor + self._walk + self._swing(index * minutes)
        close = max(1, round(math.exp(log_price) / self._tick))
        wick = abs(rng.gauss(0, sigma)) * 0.6
        open_ = self._last
        high = max(open_, close, round(max(open_, close) * (1 + wick)))
        low = max(1, min(open_, close, round(min(open_, close) * (1 - wick * rng.random()))))
        excitement = 0.5 + rng.random() + abs(step) / sigma * 0.5
        volume = max(100, int(self._typical * excitement))
        for column, value in zip(self._columns, (open_, high, low, close, volume), strict=True):
            column.append(value)
        self._last = close

    def _swing(self, minute: float) -> float:
        """Slow waves that make sure of moves in both directions, from zero at minute zero."""
        total = 0.0
        for period, size, phase in zip(_SWING_PERIODS_MIN, _SWING_SIZES, self._phases, strict=True):
            angle = 2 * math.pi * minute / period
            total += size * (math.sin(angle + phase) - math.sin(phase))
        return total
