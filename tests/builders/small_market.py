"""A market of two coins for tests of learning: forty-five days of calm and storm by turns."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import polars as pl

from bot_trading.ml.candles import CandleSeries, Funding
from bot_trading.ml.dataset import Sources
from tests.builders.small_models import START_US

__all__ = ["DAYS", "START", "market", "write_market"]

DAYS = 45
START = "2025-09-24"
_ROWS_A_DAY = 288
_PERIOD_US = 8 * 3_600_000_000


@functools.cache
def market(days: int = DAYS) -> Sources:
    """Candles of BTC and ETH with funding; volatility follows the hour and the day."""
    names = ("BTCUSDT", "ETHUSDT")
    candles = {name: _series(name, days, seed) for seed, name in enumerate(names)}
    ts_us = START_US + np.arange(days * 3 + 1) * _PERIOD_US
    rates = Funding(ts_us=ts_us, rate=np.full(len(ts_us), 0.0001))
    return Sources(candles=candles, funding=dict.fromkeys(names, rates))


def write_market(folder: Path, days: int = DAYS) -> Path:
    """The same as files: `folder/5m` and `folder/funding`; returns the folder of candles."""
    sources = market(days)
    (folder / "5m").mkdir(parents=True)
    (folder / "funding").mkdir()
    for name, series in sources.candles.items():
        columns = ("open", "high", "low", "close", "volume")
        frame = pl.DataFrame({"ts": series.ts_open_us // 1_000})
        frame = frame.with_columns(*(pl.Series(c, getattr(series, c)) for c in columns))
        frame.write_parquet(folder / "5m" / f"{name}.parquet")
        rates = sources.funding[name]
        settled = pl.DataFrame({"ts": rates.ts_us // 1_000, "rate": rates.rate})
        settled.write_parquet(folder / "funding" / f"{name}.parquet")
    return folder / "5m"


def _series(name: str, days: int, seed: int) -> CandleSeries:
    count = days * _ROWS_A_DAY
    rng = np.random.default_rng(seed)
    hour = np.arange(count) / 12
    sigma = 0.0004 + 0.003 * (np.sin(hour * 2 * np.pi / 24) > 0.3)
    first = 60_000.0 if name.startswith("BTC") else 3_000.0
    close = first * np.exp(np.cumsum(rng.normal(0, 1, count) * sigma))
    close = close.round(2)
    opens = np.r_[first, close[:-1]]
    reach = 1 + np.abs(rng.normal(0, 0.5, (2, count))) * sigma
    return CandleSeries(
        symbol=name,
        interval_s=300,
        ts_open_us=START_US + np.arange(count) * 300_000_000,
        open=opens,
        high=(np.maximum(opens, close) * reach[0]).round(2),
        low=(np.minimum(opens, close) / reach[1]).round(2),
        close=close,
        volume=(rng.gamma(2.0, 5.0, count) * (1 + 500 * sigma)).round(3),
        is_filled=np.zeros(count, dtype=np.bool_),
    )
