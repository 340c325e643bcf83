"""Context and longer aggregates enter a row only once they were known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from bot_trading.features.columns import CandleColumns, FundingColumns, derive_columns
from bot_trading.features.window import SPANS, CandleTable, MalformedCandles
from tests.builders.feature_tables import START_US, STEP_US, some_candles, some_funding

COUNT = 1000


def _derive(candles: CandleColumns, **changed: object) -> CandleTable:
    given = {
        "funding": some_funding(COUNT, 1),
        "btc": some_candles(COUNT, 2),
        "eth": some_candles(COUNT, 3),
    }
    return derive_columns(candles, **(given | changed))  # type: ignore[arg-type]


def _part(candles: CandleColumns, rows: slice) -> CandleColumns:
    fields = (field.name for field in dataclasses.fields(candles))
    return CandleColumns(**{name: getattr(candles, name)[rows] for name in fields})


def test_rows_start_when_a_whole_day_has_closed() -> None:
    """The first row is the one that closes the first whole UTC day, wherever candles begin."""
    candles = some_candles(COUNT, 1)
    assert _derive(candles).ts_open_us[0] == START_US + 287 * STEP_US
    late = _derive(_part(candles, slice(5, COUNT)))
    assert late.ts_open_us[0] == START_US + (2 * 288 - 1) * STEP_US


@pytest.mark.parametrize("span", SPANS)
def test_aggregates_are_the_last_closed_ones(span: str) -> None:
    """Each row has the newest aggregate that closed no later than the row, as pandas makes it."""
    candles = some_candles(COUNT, 1)
    table = _derive(candles)
    frame = pd.DataFrame(
        {name: getattr(candles, name) for name in ("open", "high", "low", "close", "volume")},
        index=pd.to_datetime(candles.ts_open_us, unit="us", utc=True),
    )
    rules = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    whole = frame.resample(f"{SPANS[span]}s").agg(rules)
    closes = whole.index + pd.Timedelta(seconds=SPANS[span])
    at = pd.to_datetime(table.ts_open_us + STEP_US, unit="us", utc=True)
    last = closes.searchsorted(at, side="right") - 1
    for part in rules:
        expected = whole[part].to_numpy()[last]
        assert getattr(table, f"{part}_{span}") == pytest.approx(expected, rel=1e-12)


def test_funding_counts_from_its_settlement_on() -> None:
    """A rate that settles at a row's close is known to that row, one a moment later is not."""
    candles = some_candles(COUNT, 1)
    settled = START_US + 400 * STEP_US
    for late_us, known_at in ((0, 399), (1, 400)):
        funding = FundingColumns(
            ts_settled_us=np.array([START_US, settled + late_us]), rate=np.array([0.001, 0.002])
        )
        table = _derive(candles, funding=funding)
        changed = int(np.argmax(table.funding_rate == 0.002))
        assert table.ts_open_us[changed] == START_US + known_at * STEP_US


def test_the_future_changes_no_row() -> None:
    """Rows of a shorter history are the rows of the longer one."""
    candles = some_candles(COUNT, 1)
    whole, short = _derive(candles), _derive(_part(candles, slice(0, 777)))
    assert (whole.cut(0, len(short)).matrix() == short.matrix()).all()


def test_context_is_taken_by_time() -> None:
    """BTC candles that begin earlier are aligned by their instants, not by their places."""
    candles, btc = some_candles(COUNT, 1), some_candles(COUNT, 2)
    table = _derive(_part(candles, slice(288, COUNT)), btc=btc)
    expected = btc.close[np.searchsorted(btc.ts_open_us, table.ts_open_us)]
    assert (table.btc_close == expected).all()


@pytest.mark.parametrize("coin", ["btc", "eth"])
def test_missing_context_is_refused(coin: str) -> None:
    """A missing BTC or ETH candle is named with its instant and how many rows miss it."""
    other = some_candles(COUNT, 2)
    holed = _part(other, np.delete(np.arange(COUNT), 500))  # type: ignore[arg-type]
    with pytest.raises(MalformedCandles, match=f"no {coin.upper()} candle of .*; 1 of 1000 rows"):
        _derive(some_candles(COUNT, 1), **{coin: holed})
    with pytest.raises(MalformedCandles, match="1000 of 1000 rows"):
        _derive(some_candles(COUNT, 1), **{coin: _part(other, slice(0, 0))})


def test_gaps_and_broken_values_are_refused() -> None:
    """A table with a gap or a NaN is not derived, and the sentence names the candle."""
    candles = some_candles(COUNT, 1)
    holed = _part(candles, np.delete(np.arange(COUNT), 600))  # type: ignore[arg-type]
    with pytest.raises(MalformedCandles, match="expected one every 300 s"):
        _derive(holed)
    broken = dataclasses.replace(candles, close=np.where(np.arange(COUNT) == 600, np.nan, 1.0))
    with pytest.raises(MalformedCandles, match="close of the candle of"):
        _derive(broken)


@pytest.mark.parametrize("count", [0, 1, 200])
def test_less_than_a_day_has_no_row(count: int) -> None:
    """Candles without one whole day give no row, and the sentence says what to bring."""
    with pytest.raises(MalformedCandles, match=f"in {count} candles; bring"):
        _derive(_part(some_candles(COUNT, 1), slice(0, count)))


def test_an_interval_divides_the_hour() -> None:
    """Candles of seven minutes are refused: no aggregate could be made of them."""
    with pytest.raises(MalformedCandles, match="420 s do not add up to an hour"):
        _derive(some_candles(COUNT, 1), interval_s=420)
