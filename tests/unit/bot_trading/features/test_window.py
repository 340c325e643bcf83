"""What candle tables are refused, and in which words."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bot_trading.features.window import (
    COLUMNS,
    MalformedCandles,
    check_values,
    instant,
    is_possible,
    table_from,
)
from tests.builders.feature_tables import STEP_US, a_table

ROW = 7


def _with(column: str, value: float) -> np.ndarray:
    matrix = a_table(20).matrix()
    matrix[COLUMNS.index(column), ROW] = value
    return matrix


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("close", np.nan, "close of the candle of .* is nan, expected a finite number"),
        ("volume", np.inf, "volume of the candle of .* is inf, expected a finite number"),
        ("open", 0.0, "open of the candle of .* is 0, expected a price"),
        ("low", -1.0, "low of the candle of .* is -1, expected a price"),
        ("btc_close", 1e15, "btc_close .* expected a price"),
        ("volume", -3.0, "volume .* is -3, expected 0, or"),
        ("funding_rate", 1.5, "funding_rate .* is 1.5, expected below 1"),
        ("close", 1e5, "close .* expected within low to high"),
        ("open_4h", 1e-3, "open_4h .* expected within low_4h to high_4h"),
        ("volume_1d", -1.0, "volume_1d .* is -1, expected 0, or"),
    ],
)
def test_a_value_that_no_market_makes_is_refused(column: str, value: float, words: str) -> None:
    """The sentence names column, candle, value and what was expected; both checks agree."""
    matrix = _with(column, value)
    with pytest.raises(MalformedCandles, match=words):
        check_values(matrix, 300)
    assert not is_possible.py_func(matrix[:, ROW], float(STEP_US))  # type: ignore[attr-defined]


def test_every_row_of_a_good_table_is_possible() -> None:
    """What the batch check lets pass, the streaming check lets pass."""
    matrix = a_table(40).matrix()
    check_values(matrix, 300)
    possible = is_possible.py_func  # type: ignore[attr-defined]
    assert all(possible(row, float(STEP_US)) for row in matrix.T)


@pytest.mark.parametrize(
    ("stamps", "words"),
    [
        ([0, 1, 2, 4, 5], "comes .*, expected one every 300 s; fill the gap"),
        ([0, 1, 1, 2, 3], "two candles open at .*; keep one"),
        ([0, 2, 1, 3, 4], "comes .*, expected one every|comes after"),
        ([4, 3, 2, 1, 0], "comes after .*; sort oldest first"),
        ([0, 3, 6, 9, 12], "expected one every 300 s"),
    ],
)
def test_steps_other_than_the_interval_are_refused(stamps: list[int], words: str) -> None:
    """Gaps, duplicates, wrong order and another interval are told apart."""
    matrix = a_table(5).matrix()
    matrix[0] = matrix[0, 0] + np.array(stamps) * STEP_US
    with pytest.raises(MalformedCandles, match=words):
        check_values(matrix, 300)


def test_candles_lie_on_the_grid_of_their_interval() -> None:
    """A candle that opens a second late is no candle of that interval."""
    matrix = a_table(5).matrix()
    matrix[0] += 1e6
    with pytest.raises(MalformedCandles, match="multiple of 300 s"):
        check_values(matrix, 300)


def test_columns_have_one_length() -> None:
    """A column that is too short is named with both lengths."""
    table = dataclasses.replace(a_table(5), eth_close=np.ones(4))
    with pytest.raises(MalformedCandles, match=r"eth_close has shape \(4,\), .* has 5 rows"):
        table.matrix()


def test_a_table_survives_its_matrix() -> None:
    """`table_from` and `matrix` are each other's inverse, and `cut` takes whole rows."""
    table = a_table(30)
    again = table_from(table.matrix()).matrix()
    assert (again == table.matrix()).all()
    assert (table.cut(3, 9).matrix() == again[:, 3:9]).all()


def test_an_instant_is_shown_whatever_it_is() -> None:
    """Times are shown as people read them, and a number that is no time as it is."""
    assert instant(1_758_672_000_000_000) == "2025-09-24 00:00:00 UTC"
    assert instant(float("nan")) == "nan µs"
    assert instant(1e40) == "1e+40 µs"
