"""Candle shapes against pandas, and TA-Lib where it has them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import talib

from bot_trading.features.indicators import shape
from tests.builders.feature_tables import ORACLE_ROWS, a_batch, computed, window_of

pytestmark = pytest.mark.timeout(600)


def expected(w: pd.DataFrame) -> dict[str, float]:
    """Every feature of the family for the last row of a window."""
    width = (w.high - w.low).replace(0, np.nan)
    o, h, l, c = (w[name].to_numpy() for name in ("open", "high", "low", "close"))  # noqa: E741
    body = talib.BOP(o, h, l, c)
    upper = ((w.high - w[["open", "close"]].max(axis=1)) / width).fillna(0)
    lower = ((w[["open", "close"]].min(axis=1) - w.low) / width).fillna(0)
    location = ((2 * w.close - w.high - w.low) / width).fillna(0)
    found = {}
    for lag in (0, 1):
        found[f"body_{lag}"] = body[-1 - lag]
        found[f"upper_wick_{lag}"] = upper.iloc[-1 - lag]
        found[f"lower_wick_{lag}"] = lower.iloc[-1 - lag]
    found |= {f"close_location_{n}": location[-n:].mean() for n in (1, 6, 24)}
    found |= {f"body_mean_{n}": body[-n:].mean() for n in (6, 24, 96)}
    found |= {f"wick_balance_{n}": (lower - upper)[-n:].mean() for n in (12, 48)}
    gap = w.open.iloc[-1] - w.close.iloc[-2]
    found["open_gap"] = gap / talib.ATR(h, l, c, 14)[-1]
    rise, fall = w.high.diff(), w.low.diff()
    found["is_inside"] = float(rise.iloc[-1] <= 0 <= fall.iloc[-1])
    found["is_outside"] = float(rise.iloc[-1] > 0 > fall.iloc[-1])
    for n in (12, 48):
        found[f"higher_high_share_{n}"] = float((rise[-n:] > 0).mean())
        found[f"lower_low_share_{n}"] = float((fall[-n:] < 0).mean())
    return found


@pytest.mark.parametrize("row", ORACLE_ROWS)
def test_shapes_equal_their_definitions(row: int) -> None:
    """Every feature of the family is the number that its formula gives on the window."""
    table, features = a_batch()
    names = {feature.name for feature in shape.FEATURES}
    assert computed(features, row, names) == pytest.approx(
        expected(window_of(table, row)), rel=1e-9, abs=1e-12
    )


def test_inside_and_outside_candles_are_both_met() -> None:
    """The flags are 1 for some candles and 0 for others, and never 1 together."""
    table, features = a_batch()
    rows = [computed(features, row, {"is_inside", "is_outside"}) for row in range(199, 500)]
    assert {tuple(row.values()) for row in rows} == {(0.0, 0.0), (0.0, 1.0), (1.0, 0.0)}
    assert len(table) == 500
