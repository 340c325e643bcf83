"""Spread and depth proxies against pandas, by their papers' formulas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bot_trading.features.indicators import microstructure
from tests.builders.feature_tables import ORACLE_ROWS, a_batch, computed, window_of

pytestmark = pytest.mark.timeout(600)


def _corwin_schultz(w: pd.DataFrame) -> pd.Series:
    beta = w.wide**2 + w.wide.shift(1) ** 2
    high, low = w.high.rolling(2).max(), w.low.rolling(2).min()
    gamma = np.log(high / low) ** 2
    scale = 3 - 2 * np.sqrt(2)
    alpha = (np.sqrt(2 * beta) - np.sqrt(beta)) / scale - np.sqrt(gamma / scale)
    return (2 * (np.exp(alpha) - 1) / (1 + np.exp(alpha))).clip(lower=0)


def expected(w: pd.DataFrame) -> dict[str, float]:
    """Every feature of the family for the last row of a window."""
    found = {}
    moved = (w.r.abs() / (w.close * w.volume)).where(w.volume > 0)
    for n in (12, 48):
        found[f"illiquidity_{n}"] = moved[-n:].mean() / moved[1:].mean()
    for n in (48, 199):
        r = w.r[-n:].to_numpy()
        covariance = np.cov(r[1:], r[:-1], ddof=0)[0, 1]
        found[f"roll_spread_{n}"] = 2 * np.sqrt(max(-covariance, 0))
        flow = np.sign(w.r) * np.sqrt(w.close * w.volume)
        found[f"impact_{n}"] = w.r[-n:].corr(flow[-n:])
        found[f"zero_return_share_{n}"] = float((w.close.diff()[-n:] == 0).mean())
    middle = (np.log(w.high) + np.log(w.low)) / 2
    last = np.log(w.close.shift(1))
    product = (last - middle.shift(1)) * (last - middle)
    for n in (24, 199):
        found[f"corwin_schultz_{n}"] = _corwin_schultz(w)[-n:].mean()
        found[f"abdi_ranaldo_{n}"] = np.sqrt(max(4 * product[-n:].mean(), 0))
    return found


@pytest.mark.parametrize("row", ORACLE_ROWS)
def test_proxies_equal_their_papers(row: int) -> None:
    """Every feature of the family is the number that its paper's formula gives."""
    table, features = a_batch()
    names = {feature.name for feature in microstructure.FEATURES}
    assert computed(features, row, names) == pytest.approx(
        expected(window_of(table, row)), rel=1e-9, abs=1e-10
    )
