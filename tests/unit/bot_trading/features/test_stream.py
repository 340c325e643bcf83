"""The stream takes whole rows in or none, and tells the same as the batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bot_trading.features.stream import FeatureStream
from bot_trading.features.window import COLUMNS, CandleTable, MalformedCandles
from tests.builders.feature_tables import STEP_US, a_batch, a_table

pytestmark = pytest.mark.timeout(600)


def _row(table: CandleTable, row: int, **changed: float) -> np.ndarray:
    values = table.matrix()[:, row].copy()
    for name, value in changed.items():
        values[COLUMNS.index(name)] = value
    return values


def test_a_loaded_stream_goes_on_as_the_batch() -> None:
    """After `load` each update gives the batch's next row, also when the ring has turned twice."""
    table, batch = a_batch(650, 4)
    stream = FeatureStream(["BTCUSDT"])
    assert (stream.load("BTCUSDT", table.cut(0, 230)) == batch[229]).all()
    matrix = table.matrix()
    for row in range(230, 650):
        assert (stream.update({"BTCUSDT": matrix[:, row]})[0] == batch[row]).all()


def test_a_stream_warms_up_row_by_row() -> None:
    """Until it has 200 rows a symbol has NaN and says how many rows are missing."""
    table, batch = a_batch()
    stream = FeatureStream(["A", "B"])
    assert stream.rows_missing("A") == 200
    assert np.isnan(stream.load("A", table.cut(0, 198))).all()
    assert stream.rows_missing("A") == 2
    assert np.isnan(stream.update({"A": _row(table, 198)})).all()
    assert (stream.update({"A": _row(table, 199)})[0] == batch[199]).all()
    assert (stream.rows_missing("A"), stream.rows_missing("B")) == (0, 200)


def test_symbols_may_come_in_any_order_and_number() -> None:
    """Results stand in the order given, whatever the order of the stream's symbols."""
    tables = {"A": a_batch(500, 1), "B": a_batch(500, 2), "C": a_batch(500, 3)}
    stream = FeatureStream(["A", "B", "C"])
    for symbol, (table, _) in tables.items():
        stream.load(symbol, table.cut(0, 300))
    streamed = stream.update({"C": _row(tables["C"][0], 300), "A": _row(tables["A"][0], 300)})
    assert (streamed == np.stack([tables["C"][1][300], tables["A"][1][300]])).all()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"close": np.nan}, "A: close of the candle of .* is nan"),
        ({"low": 0.0}, "A: low of the candle of .* is 0"),
        ({"funding_rate": 2.0}, "A: funding_rate .* expected below 1"),
        ({"high_1h": 1e-3}, "A: open_1h .* expected within low_1h to high_1h"),
        ({"volume": -1.0}, "A: volume .* expected 0, or"),
    ],
)
def test_a_bad_row_is_refused_and_nothing_is_taken_in(
    changed: dict[str, float], words: str
) -> None:
    """When one symbol's row is bad, no symbol moves on, and the next good rows continue."""
    table, batch = a_batch()
    stream = FeatureStream(["A", "B"])
    for symbol in ("A", "B"):
        stream.load(symbol, table.cut(0, 300))
    with pytest.raises(MalformedCandles, match=words):
        stream.update({"B": _row(table, 300), "A": _row(table, 300, **changed)})
    good = stream.update({"A": _row(table, 300), "B": _row(table, 300)})
    assert (good == batch[300]).all()


@pytest.mark.parametrize("row", [298, 299, 301])
def test_a_row_that_does_not_follow_is_refused(row: int) -> None:
    """An older, a repeated and a skipped candle are refused; the sentence names both instants."""
    table, _ = a_batch()
    stream = FeatureStream(["A"])
    stream.load("A", table.cut(0, 300))
    with pytest.raises(MalformedCandles, match=r"A: .* does not follow .* by 300 s; load"):
        stream.update({"A": _row(table, row)})
    assert stream.rows_missing("A") == 0


def test_rows_and_symbols_must_be_known() -> None:
    """An unknown symbol, a short row and a history of another interval are refused."""
    table = a_table(210)
    stream = FeatureStream(["A"])
    with pytest.raises(MalformedCandles, match="X is not a symbol of this stream"):
        stream.update({"X": _row(table, 0)})
    bad_rows: tuple[tuple[Any, str], ...] = (
        ([1.0, 2.0, 3.0], "A: a row of 3 values with 3 numbers, expected 24"),
        ([1.0] * 25, "A: a row of 25 values with 25 numbers, expected 24"),
        ([*[1.0] * 23, None], "A: a row of 24 values with 23 numbers, expected 24"),
        ([*[1.0] * 23, "1"], "A: a row of 24 values with 23 numbers, expected 24"),
    )
    for row, told in bad_rows:
        with pytest.raises(MalformedCandles, match=told):
            stream.update({"A": row})
    assert stream.rows_missing("A") == 200
    other = FeatureStream(["A"], interval_s=60)
    with pytest.raises(MalformedCandles, match="candles of 300 s, the stream of 60 s"):
        other.load("A", table)


def test_a_bad_history_leaves_the_stream_as_it_was() -> None:
    """A history with a gap is refused before the old rows are given up."""
    table, batch = a_batch()
    stream = FeatureStream(["A"])
    stream.load("A", table.cut(0, 300))
    holed = a_table(210)
    holed.ts_open_us[100:] += STEP_US
    with pytest.raises(MalformedCandles, match="expected one every 300 s"):
        stream.load("A", holed)
    assert (stream.update({"A": _row(table, 300)})[0] == batch[300]).all()
