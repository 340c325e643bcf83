"""Oscillators against TA-Lib, run over each one's stated window."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import talib

from bot_trading.features.indicators import oscillators
from tests.builders.feature_tables import ORACLE_ROWS, a_batch, computed, window_of

pytestmark = pytest.mark.timeout(600)


def _momentum(w: pd.DataFrame) -> dict[str, float]:
    h, l, c, v = (w[name].to_numpy() for name in ("high", "low", "close", "volume"))  # noqa: E741
    found = {
        f"rsi_{n}": talib.RSI(c[-rows:], n)[-1]
        for n, rows in ((7, 100), (14, 200), (28, 200), (48, 200))
    }
    for n in (14, 56):
        found[f"stochastic_{n}"] = talib.STOCHF(h, l, c, n, 3)[0][-1]
        a, b, d = (np.round(100 * price) for price in (h, l, c))  # Where equal moves are equal.
        found[f"mfi_{n}"] = talib.MFI(a, b, d, v, n)[-1]
    for n in (14, 50):
        found[f"cci_{n}"] = talib.CCI(h, l, c, n)[-1]
    found["stochastic_14_mean_3"] = talib.STOCHF(h, l, c, 14, 3)[1][-1]
    found["stochrsi_14"] = talib.STOCHRSI(c[-100:], 14, 14, 3)[0][-1]
    found["ultimate"] = talib.ULTOSC(h, l, c, 7, 14, 28)[-1]
    change = np.diff(c)
    smooth = talib.EMA(talib.EMA(change, 25)[24:], 13)[-1]
    smooth_size = talib.EMA(talib.EMA(np.abs(change), 25)[24:], 13)[-1]
    found["tsi_25_13"] = smooth / smooth_size
    for n in (12, 48):
        found[f"cmo_{n}"] = talib.CMO(c[-n - 1 :], n)[-1] / 100
    return found


def _bands(w: pd.DataFrame) -> dict[str, float]:
    h, l, c = (w[name].to_numpy() for name in ("high", "low", "close"))  # noqa: E741
    near = c - c[-1]  # TA-Lib's variance loses digits on large prices.
    found = {}
    for n in (20, 50, 100, 200):
        found[f"price_z_{n}"] = (c[-1] - c[-n:].mean()) / talib.STDDEV(near, n)[-1]
    for n in (20, 100):
        upper, middle, lower = (x[-1] for x in talib.BBANDS(near, n, 2, 2))
        found[f"band_width_{n}"] = (upper - lower) / (middle + c[-1])
    range_10 = talib.ATR(h[-160:], l[-160:], c[-160:], 10)[-1]
    found["keltner_20"] = (c[-1] - talib.EMA(c[-160:], 20)[-1]) / range_10
    return found


@pytest.mark.parametrize("row", ORACLE_ROWS)
def test_oscillators_equal_their_oracles(row: int) -> None:
    """Every feature of the family is the number that TA-Lib gives."""
    table, features = a_batch()
    w = window_of(table, row)
    names = {feature.name for feature in oscillators.FEATURES}
    assert computed(features, row, names) == pytest.approx(
        _momentum(w) | _bands(w), rel=1e-9, abs=1e-9
    )
