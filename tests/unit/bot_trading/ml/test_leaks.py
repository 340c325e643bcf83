"""Each leak test passes on honest rows and fails on rows that know their future."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot_trading.features.kernel import batch_features
from bot_trading.features.window import CandleTable
from bot_trading.ml import leaks
from bot_trading.ml.arrays import Floats
from bot_trading.ml.dataset import Dataset, table_of
from tests.builders.small_market import market
from tests.builders.small_rows import dataset

STEP_US = 300_000_000


def learned(count: int = 4_000) -> Dataset:
    rng = np.random.default_rng(2)
    data = dataset(rng.normal(0, 0.002, count))
    return replace(data, names=("a", "b"), rows=rng.normal(size=(count, 2)))


def test_features_do_not_see_what_is_cut_off() -> None:
    """The real features do not change by a single bit; ones that look a row ahead are caught."""
    table = table_of(market(), "ETHUSDT")
    table = table.cut(len(table) - 600, len(table))
    honest = leaks.future_cut_off(table, [250, 400, 599])
    assert honest.passed
    assert "largest change 0 over 150 rows" in honest.measured

    def peeking(part: CandleTable) -> Floats:
        found = batch_features(part)
        found[:-1, 0] = part.close[1:]
        return found

    assert not leaks.future_cut_off(table, [250, 400], peeking).passed
    assert not leaks.future_cut_off(table, []).passed


def test_every_symbol_is_cut() -> None:
    """Over sources, each symbol's features are tried, and the report shows a failed one."""
    assert leaks.future_cut_off_of(market(), rows=400, cuts=2).passed


def test_shuffled_labels_must_teach_nothing() -> None:
    """An AUC away from one half is a leak, and so is having measured none."""
    assert leaks.shuffled_labels([0.51, 0.49]).passed
    assert not leaks.shuffled_labels([0.51, 0.56]).passed
    assert not leaks.shuffled_labels([0.40]).passed
    assert not leaks.shuffled_labels([]).passed


def test_stamps_are_in_order() -> None:
    """A label that ends where its features end, a repeated row and an odd instant are caught."""
    data = learned(50)
    assert leaks.time_stamps(data).passed
    exits = data.long.exit_us.copy()
    exits[7] = data.decided_us[7]
    assert (
        "1 labels end too early"
        in leaks.time_stamps(replace(data, long=replace(data.long, exit_us=exits))).measured
    )
    decided = data.decided_us.copy()
    decided[8] = decided[9]
    assert "1 rows repeat" in leaks.time_stamps(replace(data, decided_us=decided)).measured
    decided[8] = data.decided_us[8] - 1
    assert "1 off the grid" in leaks.time_stamps(replace(data, decided_us=decided)).measured
    assert not leaks.time_stamps(data.take(np.zeros(50, dtype=np.bool_))).passed


@pytest.mark.parametrize(("gap", "passed"), [(10, True), (9, False)])
def test_parts_stay_apart_by_the_embargo(gap: int, passed: bool) -> None:
    """A label that reaches into the embargo before the next part is an overlap; equal is not."""
    first, second = np.arange(5), np.arange(5) + 5 + gap
    test = leaks.overlap([("learn", first, first + 1), ("test", second, second + 1)], 10)
    assert test.passed is passed
    assert not leaks.overlap([("learn", first, first), ("test", first[:0], first[:0])], 0).passed


def test_a_feature_that_knows_too_much_is_caught() -> None:
    """Honest noise passes; a feature that holds the outcome, or the next hour, is named."""
    data = learned()
    assert leaks.too_good_features(data).passed
    rows = data.rows.copy()
    rows[:, 1] = data.long.gross
    found = leaks.too_good_features(replace(data, rows=rows))
    assert not found.passed
    assert "by b" in found.measured
    rows = data.rows.copy()
    rows[:, 0] = data.forward + np.random.default_rng(3).normal(0, 0.006, len(data))
    faint = leaks.too_good_features(replace(data, rows=rows, long=data.short))
    assert not faint.passed
    assert set(faint.as_json()) == {"name", "passed", "measured", "limit"}
