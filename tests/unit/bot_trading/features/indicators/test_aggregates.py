"""Longer aggregates against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bot_trading.features.indicators import aggregates
from tests.builders.feature_tables import ORACLE_ROWS, a_batch, computed, window_of

pytestmark = pytest.mark.timeout(600)


def _levels(last: pd.Series, span: str) -> dict[str, float]:
    now, high, low = last.close, last[f"high_{span}"], last[f"low_{span}"]
    opened, closed = last[f"open_{span}"], last[f"close_{span}"]
    return {
        f"close_gap_{span}": np.log(now / closed),
        f"high_gap_{span}": np.log(now / high),
        f"low_gap_{span}": np.log(now / low),
        f"body_{span}": np.log(closed / opened),
        f"range_{span}": np.log(high / low),
        f"location_{span}": (2 * now - high - low) / (high - low),
    }


def expected(w: pd.DataFrame) -> dict[str, float]:
    """Every feature of the family for the last row of a window."""
    last = w.iloc[-1]
    found = _levels(last, "1h") | _levels(last, "4h") | _levels(last, "1d")
    for span, rows, times in (("1h", 12, 1), ("4h", 48, 1), ("1d", 200, 1.44)):
        found[f"volume_pace_{span}"] = times * w.volume[-rows:].sum() / last[f"volume_{span}"]
    for span, back in (("1h", 12), ("1h", 48), ("4h", 48), ("4h", 144)):
        closes = w[f"close_{span}"]
        found[f"close_change_{span}_{back}"] = np.log(closes.iloc[-1] / closes.iloc[-1 - back])
    for span, back in (("1h", 12), ("4h", 48)):
        before = w.iloc[-1 - back]
        old = np.log(before[f"high_{span}"] / before[f"low_{span}"])
        found[f"range_change_{span}"] = found[f"range_{span}"] / (found[f"range_{span}"] + old)
        new = last[f"volume_{span}"]
        found[f"volume_change_{span}"] = new / (new + before[f"volume_{span}"])
    hours = np.log(w.close_1h[::-1][: 12 * 16 + 1 : 12]).diff().dropna()
    found["hourly_volatility"] = np.sqrt((hours**2).mean())
    found["range_1h_4h"] = found["range_1h"] / found["range_4h"]
    return found | {"range_4h_1d": found["range_4h"] / found["range_1d"]}


@pytest.mark.parametrize("row", ORACLE_ROWS)
def test_aggregates_equal_their_definitions(row: int) -> None:
    """Every feature of the family is the number that its formula gives on the window."""
    table, features = a_batch()
    names = {feature.name for feature in aggregates.FEATURES}
    assert computed(features, row, names) == pytest.approx(
        expected(window_of(table, row)), rel=1e-9, abs=1e-12
    )
