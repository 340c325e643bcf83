"""Trend measures against TA-Lib, run over each one's stated window, and numpy for the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import talib

from bot_trading.features.catalog import feature_names
from bot_trading.features.indicators import trend
from tests.builders.feature_tables import ORACLE_ROWS, a_batch, computed, window_of

pytestmark = pytest.mark.timeout(600)


def _averages(w: pd.DataFrame) -> dict[str, float]:
    c = w.close.to_numpy()
    found = {f"sma_gap_{n}": c[-1] / talib.SMA(c, n)[-1] - 1 for n in (10, 20, 50, 100, 200)}
    for n, rows in ((5, 40), (13, 104), (34, 200), (89, 200)):
        found[f"ema_gap_{n}"] = c[-1] / talib.EMA(c[-rows:], n)[-1] - 1
    found["wma_gap_30"] = c[-1] / talib.WMA(c, 30)[-1] - 1
    found["trima_gap_30"] = c[-1] / talib.TRIMA(c, 30)[-1] - 1
    found["dema_gap_20"] = c[-1] / talib.DEMA(c[-160:], 20)[-1] - 1
    found["tema_gap_20"] = c[-1] / talib.TEMA(c[-160:], 20)[-1] - 1
    found["kama_gap_10"] = c[-1] / talib.KAMA(c[-60:], 10)[-1] - 1
    line, signal, histogram = (x[-1] / c[-1] for x in talib.MACD(c, 12, 26, 9))
    found |= {"macd": line, "macd_signal": signal, "macd_histogram": histogram}
    return found | {"trix_15": talib.TRIX(c[-160:], 15)[-1] / 100}


def _lines(w: pd.DataFrame) -> dict[str, float]:
    c = w.close.to_numpy()
    found = {}
    for n in (20, 50, 100, 200):
        found[f"slope_{n}"] = talib.LINEARREG_SLOPE(c, n)[-1] * n / c[-1]
        found[f"trend_correlation_{n}"] = talib.CORREL(c[-n:] - c[-1], np.arange(float(n)), n)[-1]
    for n in (20, 100):
        found[f"line_gap_{n}"] = c[-1] / talib.LINEARREG(c, n)[-1] - 1
    return found


def _ranges(w: pd.DataFrame) -> dict[str, float]:
    # In whole ticks, where two equal moves are equal in floats too.
    h, l, c = (np.round(w[name].to_numpy() * 100) for name in ("high", "low", "close"))  # noqa: E741
    found = {
        "plus_di_14": talib.PLUS_DI(h[-120:], l[-120:], c[-120:], 14)[-1],
        "minus_di_14": talib.MINUS_DI(h[-120:], l[-120:], c[-120:], 14)[-1],
        "adx_14": talib.ADX(h[-120:], l[-120:], c[-120:], 14)[-1],
        "sar_gap": c[-1] / talib.SAR(h[-60:], l[-60:], 0.02, 0.2)[-1] - 1,
    }
    for n in (25, 100):
        found[f"aroon_{n}"] = talib.AROONOSC(h, l, n)[-1]
    for n in (9, 26, 52):
        found[f"mid_gap_{n}"] = c[-1] / talib.MIDPRICE(h, l, n)[-1] - 1
    for n in (14, 28):
        up = np.abs(w.high - w.low.shift(1))[-n:].sum()
        down = np.abs(w.low - w.high.shift(1))[-n:].sum()
        found[f"vortex_{n}"] = (up - down) / w.tr[-n:].sum()
    for n in (10, 50):
        found[f"efficiency_{n}"] = abs(w.r[-n:].sum()) / w.r[-n:].abs().sum()
    for n in (14, 50):
        width = w.high[-n:].max() - w.low[-n:].min()
        found[f"choppiness_{n}"] = np.log(w.tr[-n:].sum() / width) / np.log(n)
    return found


@pytest.mark.parametrize("row", ORACLE_ROWS)
def test_trend_measures_equal_their_oracles(row: int) -> None:
    """Every feature of the family is the number that TA-Lib or its formula gives."""
    table, features = a_batch()
    w = window_of(table, row)
    names = {feature.name for feature in trend.FEATURES}
    assert computed(features, row, names) == pytest.approx(
        _averages(w) | _lines(w) | _ranges(w), rel=1e-9, abs=1e-9
    )


def test_a_falling_market_turns_the_parabolic_stop_over() -> None:
    """The stop lies above a falling price and below a rising one, as TA-Lib has it."""
    _, features = a_batch()
    place = feature_names().index("sar_gap")
    sides = {float(np.sign(value)) for value in features[199:, place]}
    assert sides == {-1.0, 1.0}
