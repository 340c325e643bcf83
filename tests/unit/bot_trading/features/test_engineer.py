"""`FeatureEngineer` takes the rows of the user's query as they come."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from bot_trading.features.catalog import feature_names
from bot_trading.features.engineer import FeatureEngineer
from bot_trading.features.window import COLUMNS, MalformedCandles
from tests.builders.feature_tables import a_batch

pytestmark = pytest.mark.timeout(600)


def _rows(last: int = 499, count: int = 200) -> list[dict[str, Any]]:
    """What `SELECT * … ORDER BY timestamp DESC LIMIT 200` gives: Decimals, newest first."""
    matrix = a_batch()[0].matrix()
    rows = []
    for place in range(last, last - count, -1):
        values = dict(zip(COLUMNS, matrix[:, place].tolist(), strict=True))
        opened = datetime.fromtimestamp(values.pop("ts_open_us") / 1e6, tz=UTC)
        decimals = {name: Decimal(repr(value)) for name, value in values.items()}
        names = {"symbol": "BTCUSDT", "interval_s": 300, "is_filled_gap": False, "turnover": None}
        rows.append({"timestamp": opened, **names, **decimals})
    return rows


@pytest.mark.parametrize("last", [199, 333, 499])
def test_the_query_gives_the_batch_features(last: int) -> None:
    """The newest row of 200 has the very features that training computed for it."""
    features = FeatureEngineer.calculate_features(_rows(last))
    assert (features.values_row[0] == a_batch()[1][last]).all()


def test_features_are_a_mapping_with_a_shape() -> None:
    """They are found by name, in the order of the catalogue, and `shape[1]` is their number."""
    features = FeatureEngineer.calculate_features(_rows())
    assert features.shape == (1, len(features)) == features.values_row.shape
    assert features.shape[1] >= 240
    assert tuple(features) == feature_names()
    assert np.array_equal(list(features.values()), features.values_row[0])
    with pytest.raises(KeyError):
        features["no such feature"]


def test_more_rows_than_needed_change_nothing() -> None:
    """Only the newest 200 rows are looked at."""
    longer = FeatureEngineer.calculate_features(_rows(count=250))
    assert dict(longer) == dict(FeatureEngineer.calculate_features(_rows()))


def _changed(row: int, name: str, value: object) -> list[dict[str, Any]]:
    rows = _rows()
    rows[row][name] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "0 rows are too few, features need the newest 200"),
        (_rows(count=199), "199 rows are too few"),
        (_changed(3, "btc_close", None), "column btc_close of the row of .* is None, expected"),
        (_changed(3, "close", "dear"), "column close of the row of .* is 'dear'"),
        (_changed(3, "close", Decimal("NaN")), "close of the candle of .* is nan"),
        (_changed(3, "symbol", "ETHUSDT"), "several symbol: BTCUSDT, ETHUSDT; add symbol"),
        (_changed(3, "interval_s", 60), "several interval_s: 60, 300"),
        (_changed(3, "timestamp", datetime(2026, 1, 1)), "has no time zone"),  # noqa: DTZ001
        (_rows()[::-1], "comes after .*; sort oldest first|sort"),
        (_rows()[:50] + _rows()[49:199], "two candles open at"),
        (_rows()[:50] + _rows(498)[50:] + _rows(299, 2), "expected one every 300 s"),
    ],
)
def test_rows_that_cannot_be_trusted_are_refused(rows: list[dict[str, Any]], words: str) -> None:
    """Each kind of bad query result gets its own sentence, and never a number."""
    with pytest.raises(MalformedCandles, match=words):
        FeatureEngineer.calculate_features(rows)


def test_a_missing_column_is_named() -> None:
    """A query that selects too little is told which column it lacks."""
    rows = [{k: v for k, v in row.items() if k != "close_1d"} for row in _rows()]
    with pytest.raises(MalformedCandles, match="column close_1d is missing in the rows"):
        FeatureEngineer.calculate_features(rows)


def test_another_interval_is_refused() -> None:
    """Rows of five minutes are not taken for rows of one minute."""
    with pytest.raises(MalformedCandles, match="expected one every 60 s"):
        FeatureEngineer.calculate_features(_rows(), interval_s=60)
