"""Candles and funding are read as they are, or refused with a sentence that names the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bot_trading.ml.candles import read_candles, read_folder, read_funding, resample, until
from bot_trading.ml.refusals import CandlesRefused
from tests.builders.small_models import START_US, candles

SECOND = START_US // 1_000_000


def frame(count: int = 12, step_s: int = 300) -> pl.DataFrame:
    times = [(SECOND + i * step_s) * 1_000 for i in range(count)]
    price = [100.0 + i for i in range(count)]
    return pl.DataFrame(
        {
            "ts": times,
            "open": price,
            "high": [p + 2 for p in price],
            "low": [p - 2 for p in price],
            "close": [p + 1 for p in price],
            "volume": [1.0] * count,
        }
    )


def test_parquet_and_csv_give_the_same(tmp_path: Path) -> None:
    """Both formats give the same candles, with times in microseconds and the file's symbol."""
    frame().write_parquet(tmp_path / "btcusdt.parquet")
    frame().write_csv(tmp_path / "ETHUSDT.csv")
    found = read_folder(tmp_path)
    assert set(found) == {"BTCUSDT", "ETHUSDT"}
    for series in found.values():
        assert series.interval_s == 300
        assert series.ts_open_us[0] == START_US
        assert series.close[-1] == 112.0
    assert list(read_folder(tmp_path, ["ETHUSDT"])) == ["ETHUSDT"]


@pytest.mark.parametrize("scale", [1, 1_000, 1_000_000, 1_000_000_000])
def test_any_unit_of_time_is_told_by_its_size(tmp_path: Path, scale: int) -> None:
    """Seconds, milliseconds, microseconds and nanoseconds give the same instant."""
    times = pl.Series("Open_Time", [(SECOND + i * 300) * scale for i in range(12)])
    frame().drop("ts").with_columns(times).write_csv(tmp_path / "A.csv")
    assert read_candles(tmp_path / "A.csv").ts_open_us[1] == START_US + 300_000_000


def test_iso_dates_are_utc(tmp_path: Path) -> None:
    """Dates as text are read as UTC."""
    dates = pl.from_epoch(frame()["ts"], time_unit="ms").dt.strftime("%Y-%m-%d %H:%M:%S")
    frame().drop("ts").with_columns(dates.alias("date")).write_csv(tmp_path / "A.csv")
    assert read_candles(tmp_path / "A.csv").ts_open_us[0] == START_US


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.drop("volume"), "column volume is missing"),
        (lambda f: f.drop("ts"), "no column of times"),
        (lambda f: f.head(1), "at least two are needed"),
        (lambda f: f.with_columns(ts=pl.Series([1] * 12)), "no times since the epoch"),
        (lambda f: f.with_columns(ts=pl.lit("yesterday")), "no ISO dates"),
        (lambda f: f.with_columns(close=pl.lit("high")), "not a number"),
        (lambda f: f.with_columns(ts=pl.Series([2**i * 10**9 for i in range(12)])), "interval"),
    ],
)
def test_what_is_no_candle_file_is_refused(tmp_path: Path, change: object, words: str) -> None:
    """The sentence names the file and what was expected of it."""
    assert callable(change)
    change(frame()).write_csv(tmp_path / "BAD.csv")
    with pytest.raises(CandlesRefused, match=words) as caught:
        read_candles(tmp_path / "BAD.csv")
    assert "BAD.csv" in str(caught.value)


def test_torn_files_and_missing_symbols_are_refused(tmp_path: Path) -> None:
    """A truncated Parquet file, an absent symbol, an empty and an absent folder are refused."""
    (tmp_path / "A.parquet").write_bytes(b"PAR1 torn")
    with pytest.raises(CandlesRefused, match="cannot be read as parquet"):
        read_folder(tmp_path)
    with pytest.raises(CandlesRefused, match="XRPUSDT"):
        read_folder(tmp_path, ["XRPUSDT"])
    with pytest.raises(CandlesRefused, match="is not a folder"):
        read_folder(tmp_path / "absent")


def test_funding_is_sorted_and_checked(tmp_path: Path) -> None:
    """Funding comes out in the order of time; a repeated settlement is refused."""
    rates = pl.DataFrame({"ts": [SECOND + 28_800, SECOND], "rate": [0.0002, 0.0001]})
    rates.write_csv(tmp_path / "BTCUSDT.csv")
    funding = read_funding(tmp_path, ["BTCUSDT", "ETHUSDT"])["BTCUSDT"]
    assert funding.rate.tolist() == [0.0001, 0.0002]
    rates.with_columns(ts=pl.lit(SECOND)).write_csv(tmp_path / "BTCUSDT.csv")
    with pytest.raises(CandlesRefused, match="repeat an instant"):
        read_funding(tmp_path)
    rates.rename({"rate": "other"}).write_csv(tmp_path / "BTCUSDT.csv")
    with pytest.raises(CandlesRefused, match="no column of funding rates"):
        read_funding(tmp_path)


def test_resampling_keeps_extremes_and_volume() -> None:
    """An hour holds its first open, last close, highest high, lowest low and summed volume."""
    series = candles(30).take(slice(3, 30))
    hours = resample(series, 3_600)
    assert len(hours) == 1
    inside = slice(9, 21)
    assert hours.ts_open_us[0] == START_US + 3_600_000_000
    assert hours.open[0] == series.open[9]
    assert hours.close[0] == series.close[20]
    assert hours.high[0] == series.high[inside].max()
    assert hours.low[0] == series.low[inside].min()
    assert hours.volume[0] == pytest.approx(series.volume[inside].sum())
    assert resample(series, 300) is series
    with pytest.raises(CandlesRefused, match="cannot be made into 450 s"):
        resample(series, 450)


def test_until_keeps_only_what_had_closed() -> None:
    """A candle that is still open at the instant is left out."""
    series = candles(10)
    cut = until(series, START_US + 3 * 300_000_000 + 1)
    assert len(cut) == 3
    np.testing.assert_array_equal(cut.close, series.close[:3])
