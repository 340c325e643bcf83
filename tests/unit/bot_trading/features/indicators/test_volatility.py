"""Volatility estimators against pandas and TA-Lib, each by its published formula."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import talib

from bot_trading.features.indicators import volatility
from tests.builders.feature_tables import ORACLE_ROWS, a_batch, computed, window_of

pytestmark = pytest.mark.timeout(600)


def _yang_zhang(w: pd.DataFrame, n: int, rogers_satchell: float) -> float:
    overnight = np.log(w.open / w.close.shift(1))[-n:].var()
    intraday = np.log(w.close / w.open)[-n:].var()
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    return float(np.sqrt(overnight + k * intraday + (1 - k) * rogers_satchell**2))


def _estimators(w: pd.DataFrame) -> dict[str, float]:
    found = {f"close_volatility_{n}": w.r[-n:].std() for n in (6, 12, 24, 48, 96, 199)}
    body = np.log(w.close / w.open)
    up, down = np.log(w.high / w.open), np.log(w.low / w.open)
    for n in (12, 48, 199):
        found[f"parkinson_{n}"] = np.sqrt((w.wide[-n:] ** 2).mean() / (4 * np.log(2)))
        garman_klass = 0.5 * w.wide**2 - (2 * np.log(2) - 1) * body**2
        found[f"garman_klass_{n}"] = np.sqrt(garman_klass[-n:].mean())
        rogers = np.sqrt((up * (up - body) + down * (down - body))[-n:].mean())
        found[f"rogers_satchell_{n}"] = rogers
        found[f"yang_zhang_{n}"] = _yang_zhang(w, n, rogers)
    for n, rows in ((7, 100), (14, 200), (56, 200)):
        h, l, c = (w[name].to_numpy()[-rows:] for name in ("high", "low", "close"))  # noqa: E741
        found[f"atr_{n}"] = talib.NATR(h, l, c, n)[-1] / 100
    for short, long in ((6, 48), (12, 96), (24, 199)):
        ratio = w.r[-short:].std() / w.r[-long:].std()
        found[f"volatility_ratio_{short}_{long}"] = ratio
    return found


def _shapes(w: pd.DataFrame) -> dict[str, float]:
    found = {}
    squares, moves = w.r**2, w.r.abs()
    for n in (24, 96):
        usual = np.sqrt(squares[-n:].mean())
        ranges = np.sqrt((w.wide[-n:] ** 2).mean() / (4 * np.log(2)))
        found[f"range_to_close_{n}"] = ranges / usual
        found[f"peak_return_{n}"] = moves[-n:].max() / usual
    for n in (24, 96, 199):
        found[f"down_variance_share_{n}"] = squares[-n:][w.r[-n:] < 0].sum() / squares[-n:].sum()
    for n in (48, 199):
        last = moves[-n:].to_numpy()
        found[f"bipower_share_{n}"] = np.pi / 2 * (last[1:] @ last[:-1]) / squares[-n:].sum()
        found[f"volatility_of_volatility_{n}"] = last.std() / last.mean()
    for ratio in (94, 97):
        weights = (ratio / 100) ** np.arange(198.0, -1, -1)
        found[f"ewma_volatility_{ratio}"] = np.sqrt(np.average(squares[1:], weights=weights))
    for n in (48, 200):
        last = w.close[-n:]
        found[f"ulcer_{n}"] = np.sqrt(((last / last.cummax() - 1) ** 2).mean())
    for n in (12, 48):
        found[f"range_expansion_{n}"] = w.wide.iloc[-1] / w.wide[-n:].mean()
    return found


@pytest.mark.parametrize("row", ORACLE_ROWS)
def test_volatility_equals_its_oracles(row: int) -> None:
    """Every feature of the family is the number that its published formula gives."""
    table, features = a_batch()
    w = window_of(table, row)
    names = {feature.name for feature in volatility.FEATURES}
    assert computed(features, row, names) == pytest.approx(
        _estimators(w) | _shapes(w), rel=1e-9, abs=1e-12
    )
