"""Recorded markets, stress periods included: the stream tells what the batch tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bot_trading.features.columns import CandleColumns, FundingColumns, derive_columns
from bot_trading.features.kernel import batch_features
from bot_trading.features.stream import FeatureStream
from bot_trading.features.window import WARMUP_ROWS, CandleTable

MARKET = Path(__file__).resolve().parents[4] / "shared/data/market"
FOLDERS = {
    "bybit/linear/5m": (300, "bybit/linear/funding"),
    "okx/swap/5m_2022": (300, None),
    "binance/usdm/15m_2025_2026": (900, None),
    "binance/usdm/15m_2023_2024": (900, "binance/usdm/funding_2023_2024"),
    "binance/usdm/1h": (3600, "binance/usdm/funding_long"),
    "binance/usdm/1m_2025_05": (60, None),
}

pytestmark = [
    pytest.mark.real_market,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not MARKET.is_dir(), reason="needs the recorded market data in ../shared"),
]


def _candles(path: Path) -> CandleColumns:
    frame = pl.read_parquet(path)
    parts = {name: frame[name].to_numpy() for name in ("open", "high", "low", "close", "volume")}
    return CandleColumns(ts_open_us=frame["ts"].to_numpy() * 1000, **parts)


def _cut(candles: CandleColumns, first_us: int, last_us: int) -> CandleColumns:
    within = (candles.ts_open_us >= first_us) & (candles.ts_open_us <= last_us)
    names = ("ts_open_us", "open", "high", "low", "close", "volume")
    return CandleColumns(**{name: getattr(candles, name)[within] for name in names})


def table_of(folder: str, symbol: str) -> CandleTable:
    """The symbol's table, over the times for which BTC and ETH candles are there as well."""
    interval_s, funding_folder = FOLDERS[folder]
    own, btc, eth = (
        _candles(MARKET / folder / f"{name}.parquet") for name in (symbol, "BTCUSDT", "ETHUSDT")
    )
    first = max(int(x.ts_open_us[0]) for x in (own, btc, eth))
    last = min(int(x.ts_open_us[-1]) for x in (own, btc, eth))
    settled = MARKET / (funding_folder or "none") / f"{symbol}.parquet"
    if settled.exists():
        frame = pl.read_parquet(settled)
        stamps, rates = frame["ts"].to_numpy() * 1000, frame["rate"].to_numpy()
    else:  # No funding was recorded there; one rate throughout says nothing to any feature.
        stamps, rates = np.array([first]), np.array([1e-4])
    return derive_columns(
        _cut(own, first, last),
        funding=FundingColumns(ts_settled_us=stamps, rate=rates),
        btc=btc,
        eth=eth,
        interval_s=interval_s,
    )


def worst_difference(table: CandleTable, first: int, last: int) -> float:
    """The greatest difference between streamed and batch features in those rows."""
    batch = batch_features(table)
    assert np.isfinite(batch[WARMUP_ROWS:]).all()
    stream = FeatureStream(["X"], interval_s=table.interval_s)
    stream.load("X", table.cut(max(first - WARMUP_ROWS - 1, 0), first))
    matrix, worst = table.matrix(), 0.0
    for row in range(first, last):
        difference = np.abs(stream.update({"X": matrix[:, row]})[0] - batch[row]).max()
        worst = max(worst, float(difference))
    return worst


def _files() -> Iterator[tuple[int, str, str]]:
    """Every file, numbered within its folder."""
    for folder in FOLDERS:
        for number, path in enumerate(sorted((MARKET / folder).glob("*.parquet"))):
            yield number, folder, path.stem


@pytest.mark.parametrize("symbol", ["APEUSDT", "BTCUSDT"])
def test_the_crash_of_october_streams_as_its_batch(symbol: str) -> None:
    """Two days around the cascade of 2025-10-10, in which APE lost 72 %, differ by nothing."""
    table = table_of("bybit/linear/5m", symbol)
    crash = int(np.searchsorted(table.ts_open_us, 1_760_054_400_000_000))
    assert worst_difference(table.cut(0, crash + 600), crash, crash + 576) <= 1e-9


@pytest.mark.slow
@pytest.mark.parametrize(("number", "folder", "symbol"), list(_files()))
def test_every_recorded_file_streams_as_its_batch(number: int, folder: str, symbol: str) -> None:
    """Whatever a file's interval, the stream differs from the batch by nothing: over the whole
    of bitcoin's, and over one quarter of any other's, another one than its neighbours'.
    """
    table = table_of(folder, symbol)
    first, last = WARMUP_ROWS + 1, len(table)
    if symbol != "BTCUSDT":
        quarter = (last - first) // 4
        begin = quarter * (number % 4)
        table, last = table.cut(begin, begin + first + quarter), first + quarter
    assert worst_difference(table, first, last) <= 1e-9
