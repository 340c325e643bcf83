"""`FeatureEngineer`: from the rows of a query to the features of the newest one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from bot_trading.features.catalog import feature_names
from bot_trading.features.kernel import batch_features
from bot_trading.features.window import (
    BASE_INTERVAL_S,
    COLUMNS,
    WINDOW_ROWS,
    Floats,
    MalformedCandles,
    table_from,
)

__all__ = ["FeatureEngineer", "FeatureVector"]

Row = Mapping[str, Any]

_PLACES = {name: place for place, name in enumerate(feature_names())}


class FeatureVector(Mapping[str, float]):
    """Features of one row by name; `values_row` is the same as an array of shape (1, features)."""

    __slots__ = ("values_row",)

    def __init__(self, values_row: Floats) -> None:
        self.values_row = values_row

    @property
    def shape(self) -> tuple[int, int]:
        """(1, number of features)."""
        return 1, len(_PLACES)

    def __getitem__(self, name: str) -> float:
        return float(self.values_row[0, _PLACES[name]])

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


class FeatureEngineer:
    """Computes features from rows of `processed_market_data`."""

    @staticmethod
    def calculate_features(rows: Sequence[Row], interval_s: int = BASE_INTERVAL_S) -> FeatureVector:
        """Features of the newest row, from at least 200 rows of one symbol, newest first.

        A row is a mapping or database record with `timestamp` (aware datetime, the candle's open)
        and the other COLUMNS; what else it holds is not looked at. Raises MalformedCandles.
        """
        if len(rows) < WINDOW_ROWS:
            raise MalformedCandles(
                f"{len(rows)} rows are too few, features need the newest {WINDOW_ROWS} in a row;"
                " import older candles first"
            )
        newest = rows[:WINDOW_ROWS]
        _check_one_symbol(newest)
        matrix = np.array([_numbers(row) for row in reversed(newest)]).T
        features = batch_features(table_from(np.ascontiguousarray(matrix), interval_s))
        return FeatureVector(features[-1:])


def _check_one_symbol(rows: Sequence[Row]) -> None:
    """Rows that name their symbol, exchange or interval all name the same.

    A database record is asked for its keys: its `in` looks at values.
    """
    for name in ("symbol", "exchange", "account", "interval_s"):
        found = {row[name] for row in rows if name in row.keys()}  # noqa: SIM118
        if len(found) > 1:
            raise MalformedCandles(
                f"the rows are of several {name}: {', '.join(map(str, sorted(found)))};"
                f" add {name} to the query's WHERE"
            )


def _numbers(row: Row) -> list[float]:
    return [_number(row, name) for name in COLUMNS]


def _number(row: Row, name: str) -> float:
    """One column as a float; a missing or NULL one is refused, never guessed."""
    key = "timestamp" if name == "ts_open_us" else name
    try:
        value = row[key]
    except KeyError:
        raise MalformedCandles(
            f"column {key} is missing in the rows; select every column of processed_market_data"
        ) from None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise MalformedCandles(
                f"timestamp {value} has no time zone; expected an aware datetime"
            )
        return float(round(value.timestamp() * 1e6))
    try:
        return float(value)
    except (TypeError, ValueError):
        when = row["timestamp"]
        raise MalformedCandles(
            f"column {key} of the row of {when} is {value!r}, expected a number; derive the row"
            " again from its candles"
        ) from None
