"""Features that differ, or that know their future, are found."""

from __future__ import annotations

import numpy as np
import pytest

from bot_trading.features.kernel import batch_features
from bot_trading.features.window import CandleTable, Floats
from readiness.checks.ml_features import judge_features, made_table

pytestmark = pytest.mark.timeout(600)

ROWS = 260


def _rules(compute) -> list[str]:  # type: ignore[no-untyped-def]
    return [finding.rule_id for finding in judge_features(ROWS, compute=compute)[0]]


def test_our_features_are_one_and_blind() -> None:
    """Stream, query and batch agree, the future changes nothing, five kinds of rows are refused."""
    findings, evidence = judge_features(ROWS)
    assert findings == []
    assert [(e.what, e.measured) for e in evidence][1:3] == [
        ("stream against batch", "0"),
        ("query against batch", "0"),
    ]
    assert {e.what for e in evidence} >= {"future cut off", "bad rows accepted"}


def test_a_batch_that_differs_is_found() -> None:
    """A millionth more in one feature of one row is enough."""

    def shifted(table: CandleTable) -> Floats:
        found = batch_features(table)
        found[-1, 100] += 1e-6
        return found

    assert _rules(shifted) == [
        "ml-features-stream-against-batch",
        "ml-features-query-against-batch",
        "ml-features-future-cut-off",
    ]


def test_a_feature_that_knows_its_future_is_found() -> None:
    """A mean over the whole table changes when its end is cut off."""

    def peeking(table: CandleTable) -> Floats:
        found = batch_features(table)
        found[199:, 0] = table.close.mean()
        return found

    assert "ml-features-future-cut-off" in _rules(peeking)


def test_a_missing_value_is_found() -> None:
    """NaN after the warm-up is never equal to a number."""

    def torn(table: CandleTable) -> Floats:
        found = batch_features(table)
        found[-1, 7] = np.nan
        return found

    assert "ml-features-stream-against-batch" in _rules(torn)


def test_made_candles_are_the_same_each_time_and_differ_by_seed() -> None:
    """One seed is one market."""
    first, again, other = made_table(210, 1), made_table(210, 1), made_table(210, 2)
    assert np.array_equal(first.matrix(), again.matrix())
    assert not np.array_equal(first.close, other.close)
