"""Columns of `processed_market_data` from candles: context by time, and longer aggregates.

A value enters a row only when it was known at the row's close: the last settled funding rate, the
BTC and ETH candle of the same interval, and aggregates that were closed by then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot_trading.features.window import (
    BASE_INTERVAL_S,
    COLUMNS,
    SPANS,
    CandleTable,
    Floats,
    MalformedCandles,
    instant,
    table_from,
)

__all__ = ["CandleColumns", "FundingColumns", "derive_columns"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CandleColumns:
    """Closed candles of one symbol, oldest first, without gaps: arrays of one length."""

    ts_open_us: NDArray[np.int64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FundingColumns:
    """Settled funding rates (fractions; positive: longs pay), oldest first."""

    ts_settled_us: NDArray[np.int64]
    rate: Floats


def derive_columns(
    candles: CandleColumns,
    *,
    funding: FundingColumns,
    btc: CandleColumns,
    eth: CandleColumns,
    interval_s: int = BASE_INTERVAL_S,
) -> CandleTable:
    """Rows for every candle whose whole context is known.

    The first rows are left out until a funding rate has settled and a whole UTC day of candles has
    closed. Raises MalformedCandles on gaps, duplicates, impossible values, BTC or ETH candles that
    are missing, and when no row is left.
    """
    if 3_600 % interval_s:
        raise MalformedCandles(
            f"candles of {interval_s} s do not add up to an hour; use an interval that divides it"
        )
    stamps = candles.ts_open_us
    closed_us = stamps + interval_s * 1_000_000
    named: dict[str, Floats] = {
        "ts_open_us": stamps.astype(np.float64),
        **{part: getattr(candles, part) for part in ("open", "high", "low", "close", "volume")},
        "btc_close": _aligned(btc, stamps, "BTC"),
        "eth_close": _aligned(eth, stamps, "ETH"),
        "funding_rate": _last_known(funding.ts_settled_us, funding.rate, closed_us),
    }
    for span, span_s in SPANS.items():
        named |= _aggregates(candles, span, span_s, interval_s)
    matrix = np.stack([np.asarray(named[name], dtype=np.float64) for name in COLUMNS])
    first = _first_whole_row(matrix, candles)
    table = table_from(np.ascontiguousarray(matrix[:, first:]), interval_s)
    table.matrix()
    return table


def _first_whole_row(matrix: Floats, candles: CandleColumns) -> int:
    """The first row whose context is known; what is missing later is refused by its own check."""
    context = [k for k, name in enumerate(COLUMNS) if name == "funding_rate" or name[-1] in "hd"]
    known = ~np.isnan(matrix[context]).any(axis=0)
    if not known.any():
        have = candles.ts_open_us.size
        raise MalformedCandles(
            f"no row has its whole context in {have} candles; bring a settled funding rate and at"
            " least one whole UTC day of candles before the first row that is needed"
        )
    return int(np.argmax(known))


def _aligned(other: CandleColumns, stamps: NDArray[np.int64], coin: str) -> Floats:
    """The other coin's close at each instant."""
    places = np.searchsorted(other.ts_open_us, stamps)
    within = np.minimum(places, max(other.ts_open_us.size - 1, 0))
    missing = (
        other.ts_open_us[within] != stamps
        if other.ts_open_us.size
        else np.ones(stamps.size, dtype=np.bool_)
    )
    if missing.any():
        raise MalformedCandles(
            f"there is no {coin} candle of {instant(stamps[int(np.argmax(missing))])};"
            f" {int(missing.sum())} of {stamps.size} rows miss it, bring candles of the same times"
        )
    return np.asarray(other.close[within])


def _last_known(ts_us: NDArray[np.int64], values: Floats, at_us: NDArray[np.int64]) -> Floats:
    """The last value that was there at each instant, NaN before the first."""
    places = np.searchsorted(ts_us, at_us, side="right") - 1
    padded = np.concatenate([[np.nan], values])
    return np.asarray(padded[places + 1])


def _aggregates(
    candles: CandleColumns, span: str, span_s: int, interval_s: int
) -> dict[str, Floats]:
    """The last closed candle of a longer span at each row, NaN before the first whole one."""
    length = span_s // interval_s
    span_us = span_s * 1_000_000
    offset = (
        int(-(candles.ts_open_us[0] // 1_000_000) % span_s // interval_s)
        if len(candles.ts_open_us)
        else 0
    )
    count = max(candles.ts_open_us.size - offset, 0) // length
    whole = slice(offset, offset + count * length)
    parts = {
        part: getattr(candles, part)[whole].reshape(count, length)
        for part in ("open", "high", "low", "close", "volume")
    }
    closes_us = candles.ts_open_us[whole].reshape(count, length)[:, 0] + span_us
    values = {
        "open": parts["open"][:, 0],
        "high": parts["high"].max(axis=1),
        "low": parts["low"].min(axis=1),
        "close": parts["close"][:, -1],
        "volume": parts["volume"].sum(axis=1),
    }
    at_us = candles.ts_open_us + interval_s * 1_000_000
    return {
        f"{part}_{span}": _last_known(closes_us, value, at_us) for part, value in values.items()
    }
