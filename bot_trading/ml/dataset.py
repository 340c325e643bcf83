"""Rows to learn from and to ask: features at a candle's close, and what became of an entry then.

Features come from the same compiled definitions that serve (`bot_trading.features`). A row exists
only where its whole look-back is real candles and its outcome is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bot_trading.domain.signal import BarrierSpec
from bot_trading.features.catalog import feature_names
from bot_trading.features.columns import CandleColumns, FundingColumns, derive_columns
from bot_trading.features.kernel import batch_features
from bot_trading.features.window import WARMUP_ROWS, CandleTable
from bot_trading.ml.arrays import Floats, Ints
from bot_trading.ml.candles import CandleSeries, Funding
from bot_trading.ml.labels import (
    RETURN_HORIZONS_S,
    Costs,
    average_uniqueness,
    barrier_outcomes,
    horizon_returns,
)
from bot_trading.ml.quality import clean
from bot_trading.ml.refusals import CandlesRefused

__all__ = ["Dataset", "Side", "Sources", "build", "data_sha256", "table_of"]

_CONTEXT = ("BTCUSDT", "ETHUSDT")
_TREND_ROWS = (12, 48)
_DIRECTION_HORIZON_S = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Candles and funding by symbol. `assumed_funding_rate` stands for funding that is not there.

    It is a fraction per eight hours and is used only when the caller states it.
    """

    candles: Mapping[str, CandleSeries]
    funding: Mapping[str, Funding]
    assumed_funding_rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Outcomes of entries on one side: before costs, funding paid (negative: received), and when.

    `win` is 1.0 where the entry earned more than its round trip of fees and slippage.
    """

    gross: Floats
    funding: Floats
    exit_us: Ints
    win: Floats

    def take(self, mask: npt.NDArray[np.bool_]) -> Side:
        """The outcomes of some rows."""
        return Side(
            gross=self.gross[mask],
            funding=self.funding[mask],
            exit_us=self.exit_us[mask],
            win=self.win[mask],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Rows of all symbols, each symbol's in order of time; `decided_us` is the candle's close.

    `trend` is the sign of a short over a long moving average, `returns` the plain returns over each
    of RETURN_HORIZONS_S (NaN where unknown), `funding_sum` what a long has paid since the data
    began.
    """

    symbols: tuple[str, ...]
    names: tuple[str, ...]
    interval_s: int
    symbol_at: npt.NDArray[np.int16]
    decided_us: Ints
    rows: Floats
    long: Side
    short: Side
    close: Floats
    trend: Floats
    returns: Floats
    funding_sum: Floats

    def __len__(self) -> int:
        return len(self.decided_us)

    def side(self, name: str) -> Side:
        """The outcomes of "long" or "short" entries."""
        return self.long if name == "long" else self.short

    @property
    def forward(self) -> Floats:
        """The plain return over the next hour."""
        return np.asarray(self.returns[:, RETURN_HORIZONS_S.index(_DIRECTION_HORIZON_S)])

    @property
    def label_end_us(self) -> Ints:
        """When the later of both outcomes was known."""
        return np.maximum(self.long.exit_us, self.short.exit_us)

    def take(self, mask: npt.NDArray[np.bool_]) -> Dataset:
        """Some of the rows."""
        names = ("symbol_at", "decided_us", "rows", "close", "trend", "returns", "funding_sum")
        arrays = {name: getattr(self, name)[mask] for name in names}
        return replace(self, **arrays, long=self.long.take(mask), short=self.short.take(mask))

    def thinned(self, stride: int, until_us: int) -> Dataset:
        """Before `until_us` only every `stride`-th candle, by the clock, so all symbols alike."""
        tick = self.decided_us // (self.interval_s * 1_000_000)
        return self.take((self.decided_us >= until_us) | (tick % stride == 0))

    def uniqueness(self) -> Floats:
        """Average uniqueness of each row's label among those of its own symbol, 0 to 1."""
        weights = np.empty(len(self))
        step_us = self.interval_s * 1_000_000
        for at in range(len(self.symbols)):
            mine = self.symbol_at == at
            if mine.any():
                origin = self.decided_us[mine].min()
                start = (self.decided_us[mine] - origin) // step_us
                end = (self.label_end_us[mine] - origin) // step_us - 1
                weights[mine] = average_uniqueness(start, np.maximum(end, start))
        return weights


def build(
    sources: Sources,
    barrier: BarrierSpec,
    costs: Costs,
    *,
    symbols: Sequence[str] = (),
    thin: tuple[int, int] = (1, 0),
) -> Dataset:
    """Features and outcomes of every symbol; `thin` is (stride, until_us) as in `thinned`.

    Raises `CandlesRefused` when BTC or ETH, funding, or whole rows are missing, and
    `MalformedCandles` for what the features refuse.
    """
    missing = [name for name in _CONTEXT if name not in sources.candles]
    if missing:
        raise CandlesRefused(
            f"candles of {' and '.join(missing)} are missing; every symbol's features look at BTC "
            "and ETH, so put them into the folder of candles"
        )
    cleaned = {name: clean(series) for name, series in sources.candles.items()}
    wanted = tuple(symbols or cleaned)
    parts = []
    for at, name in enumerate(wanted):
        series = _within(cleaned[name], cleaned)
        part = _of_symbol(series, _funding(sources, name), cleaned, barrier, costs)
        part = replace(part, symbol_at=np.full(len(part), at, dtype=np.int16))
        parts.append(part.thinned(*thin) if thin[0] > 1 else part)
    return _joined(wanted, parts)


def table_of(sources: Sources, symbol: str) -> CandleTable:
    """The columns that a symbol's features are computed from."""
    cleaned = {name: clean(sources.candles[name]) for name in {symbol, *_CONTEXT}}
    return _table(_within(cleaned[symbol], cleaned), _funding(sources, symbol), cleaned)


def data_sha256(sources: Sources) -> str:
    """One checksum over every candle and funding rate, by symbol."""
    digest = hashlib.sha256()
    for name in sorted(sources.candles):
        series = sources.candles[name]
        digest.update(f"{name} {series.interval_s}\n".encode())
        for column in ("ts_open_us", "open", "high", "low", "close", "volume"):
            digest.update(np.ascontiguousarray(getattr(series, column)).tobytes())
        if name in sources.funding:
            digest.update(sources.funding[name].ts_us.tobytes())
            digest.update(sources.funding[name].rate.tobytes())
    return digest.hexdigest()


def _of_symbol(
    series: CandleSeries,
    funding: Funding,
    cleaned: Mapping[str, CandleSeries],
    barrier: BarrierSpec,
    costs: Costs,
) -> Dataset:
    table = _table(series, funding, cleaned)
    features = batch_features(table)
    offset = len(series) - len(table)
    outcomes = [barrier_outcomes(series, barrier, is_long=side) for side in (True, False)]
    usable = np.zeros(len(series), dtype=np.bool_)
    usable[offset + WARMUP_ROWS :] = True
    usable &= ~_any_within(series.is_filled, WARMUP_ROWS + 1)
    usable &= (outcomes[0].exit_row >= 0) & (outcomes[1].exit_row >= 0)
    rows = np.flatnonzero(usable)
    if not len(rows):
        raise CandlesRefused(
            f"{series.symbol}: none of {len(series)} candles has {WARMUP_ROWS} whole rows before "
            "it and a known outcome; bring a longer range"
        )
    decided_us = series.ts_open_us + series.interval_us
    sums = np.r_[0.0, np.cumsum(funding.rate)]
    paid = sums[np.searchsorted(funding.ts_us, decided_us, side="right")]
    sides = []
    for outcome, sign in zip(outcomes, (1.0, -1.0), strict=True):
        exits = outcome.exit_row[rows]
        sides.append(
            Side(
                gross=outcome.gross_return[rows],
                funding=sign * (paid[exits] - paid[rows]),
                exit_us=decided_us[exits],
                win=outcome.wins(costs)[rows].astype(np.float64),
            )
        )
    return Dataset(
        symbols=(series.symbol,),
        names=feature_names(),
        interval_s=series.interval_s,
        symbol_at=np.zeros(len(rows), dtype=np.int16),
        decided_us=decided_us[rows],
        rows=np.ascontiguousarray(features[rows - offset]),
        long=sides[0],
        short=sides[1],
        close=series.close[rows],
        trend=_trend(series.close)[rows],
        returns=_returns(series)[rows],
        funding_sum=paid[rows],
    )


def _within(series: CandleSeries, cleaned: Mapping[str, CandleSeries]) -> CandleSeries:
    """The candles for which BTC and ETH are known too."""
    first = max(cleaned[name].ts_open_us[0] for name in _CONTEXT)
    last = min(cleaned[name].ts_open_us[-1] for name in _CONTEXT)
    return series.take((series.ts_open_us >= first) & (series.ts_open_us <= last))


def _table(
    series: CandleSeries, funding: Funding, cleaned: Mapping[str, CandleSeries]
) -> CandleTable:
    btc, eth = (_columns(cleaned[name]) for name in _CONTEXT)
    settled = FundingColumns(ts_settled_us=funding.ts_us, rate=funding.rate)
    return derive_columns(
        _columns(series), funding=settled, btc=btc, eth=eth, interval_s=series.interval_s
    )


def _funding(sources: Sources, symbol: str) -> Funding:
    if symbol in sources.funding:
        return sources.funding[symbol]
    rate = sources.assumed_funding_rate
    if rate is None:
        raise CandlesRefused(
            f"{symbol}: no funding rates; give a folder that has them, or state a rate to assume"
        )
    series = sources.candles[symbol]
    period_us = 8 * 3_600_000_000
    first = series.ts_open_us.min() // period_us * period_us
    ts_us = np.arange(first, series.ts_open_us.max() + period_us, period_us, dtype=np.int64)
    return Funding(ts_us=ts_us, rate=np.full(len(ts_us), rate))


def _columns(series: CandleSeries) -> CandleColumns:
    return CandleColumns(
        ts_open_us=series.ts_open_us,
        open=series.open,
        high=series.high,
        low=series.low,
        close=series.close,
        volume=series.volume,
    )


def _any_within(flags: npt.NDArray[np.bool_], rows: int) -> npt.NDArray[np.bool_]:
    """Where a flag is set within the last `rows` rows, the row itself included."""
    total = np.r_[0, np.cumsum(flags)]
    start = np.maximum(np.arange(len(flags)) + 1 - rows, 0)
    return np.asarray(total[1:] - total[start] > 0, dtype=np.bool_)


def _returns(series: CandleSeries) -> Floats:
    """Per horizon a column; NaN where the horizon is no whole number of candles."""
    unknown = np.full(len(series), np.nan)
    return np.column_stack(
        [
            unknown if horizon_s % series.interval_s else horizon_returns(series, horizon_s)
            for horizon_s in RETURN_HORIZONS_S
        ]
    )


def _trend(close: Floats) -> Floats:
    total = np.r_[0.0, np.cumsum(close)]
    averages = []
    for rows in _TREND_ROWS:
        average = np.full(len(close), np.nan)
        average[rows - 1 :] = (total[rows:] - total[:-rows]) / rows
        averages.append(average)
    return np.asarray(np.sign(averages[0] - averages[1]))


def _joined(symbols: tuple[str, ...], parts: list[Dataset]) -> Dataset:
    names = ("symbol_at", "decided_us", "rows", "close", "trend", "returns", "funding_sum")
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in names
    }
    sides: dict[str, Any] = {}
    for side in ("long", "short"):
        found = [part.side(side) for part in parts]
        fields = ("gross", "funding", "exit_us", "win")
        sides[side] = Side(**{f: np.concatenate([getattr(s, f) for s in found]) for f in fields})
    return replace(parts[0], symbols=symbols, **arrays, **sides)
