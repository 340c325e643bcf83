"""Seeded candle tables for the tests of features, and one row's window as an oracle reads it."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

from bot_trading.features.catalog import feature_names
from bot_trading.features.columns import CandleColumns, FundingColumns, derive_columns
from bot_trading.features.kernel import batch_features
from bot_trading.features.window import COLUMNS, WINDOW_ROWS, CandleTable, Floats

START_US = 1_758_672_000_000_000  # 2025-09-24 00:00 UTC, a Wednesday.
STEP_US = 300_000_000
ORACLE_ROWS = (WINDOW_ROWS - 1, 263, 350, 499)


def some_candles(count: int, seed: int, tick: float = 0.01) -> CandleColumns:
    """A random walk on a price grid, with volatility that clusters, gaps and quiet candles."""
    rng = np.random.default_rng(seed)
    calm = np.exp(np.convolve(rng.normal(0, 0.3, count + 50), np.ones(50) / 7, "valid")[:count])
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.002, count) * calm))
    close = np.maximum(np.round(close / tick), 2) * tick
    opened = np.r_[close[0], close[:-1]] + tick * rng.integers(-1, 2, count)
    high = np.maximum(opened, close) + tick * rng.geometric(0.1, count)
    low = np.maximum(np.minimum(opened, close) - tick * rng.geometric(0.1, count), tick / 2)
    volume = np.round(rng.lognormal(8, 1, count), 3) * (rng.random(count) > 0.02)
    # Rounded once more, so that one price is one float, as it is when it was parsed from a text.
    opened, high, low, close = (np.round(x, 4) for x in (opened, high, low, close))
    return CandleColumns(
        ts_open_us=START_US + STEP_US * np.arange(count),
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
    )


def some_funding(count: int, seed: int) -> FundingColumns:
    """A settled rate every eight hours from the start on."""
    rng = np.random.default_rng(seed)
    settlements = count // 96 + 1
    stamps = START_US + STEP_US * 96 * np.arange(settlements)
    return FundingColumns(ts_settled_us=stamps, rate=rng.normal(1e-4, 1e-4, settlements))


def a_table(rows: int, seed: int = 1) -> CandleTable:
    """A table of so many rows, with the whole day before it that its context needs."""
    count = rows + 287
    return derive_columns(
        some_candles(count, seed),
        funding=some_funding(count, seed),
        btc=some_candles(count, seed + 1000),
        eth=some_candles(count, seed + 2000),
    )


@functools.cache
def a_batch(rows: int = 500, seed: int = 1) -> tuple[CandleTable, Floats]:
    """A table and its features; they are the same for everybody and must not be changed."""
    table = a_table(rows, seed)
    features = batch_features(table)
    features.flags.writeable = False
    return table, features


def window_of(table: CandleTable, row: int) -> pd.DataFrame:
    """The 200 rows that end with `row`, and the plain derivatives that every oracle needs."""
    cut = table.cut(row + 1 - WINDOW_ROWS, row + 1)
    frame = pd.DataFrame({name: np.asarray(getattr(cut, name), np.float64) for name in COLUMNS})
    frame["r"] = np.log(frame.close).diff()
    frame["b"] = np.log(frame.btc_close).diff()
    frame["e"] = np.log(frame.eth_close).diff()
    frame["tp"] = (frame.high + frame.low + frame.close) / 3
    frame["wide"] = np.log(frame.high / frame.low)
    before = frame.close.shift(1)
    frame["tr"] = np.maximum(frame.high, before) - np.minimum(frame.low, before)
    frame.loc[0, "tr"] = np.nan
    return frame


def computed(features: Floats, row: int, names: set[str]) -> dict[str, float]:
    """The named features of a row."""
    return {
        name: float(features[row, place])
        for place, name in enumerate(feature_names())
        if name in names
    }
