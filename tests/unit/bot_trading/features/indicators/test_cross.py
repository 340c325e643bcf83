"""BTC and ETH context against pandas, scipy and TA-Lib."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import talib
from scipy import stats  # type: ignore[import-untyped]

from bot_trading.features.indicators import cross
from tests.builders.feature_tables import ORACLE_ROWS, a_batch, computed, window_of

pytestmark = pytest.mark.timeout(600)


def _moves(w: pd.DataFrame) -> dict[str, float]:
    found = {f"btc_return_{n}": w.b[-n:].sum() for n in (1, 3, 12, 48, 192)}
    found |= {f"eth_return_{n}": w.e[-n:].sum() for n in (1, 12, 48)}
    for n in (12, 48, 192):
        found[f"btc_excess_{n}"] = w.r[-n:].sum() - w.b[-n:].sum()
        found[f"eth_btc_return_{n}"] = w.e[-n:].sum() - w.b[-n:].sum()
    return found


def _pairs(w: pd.DataFrame) -> dict[str, float]:
    found = {}
    for n in (48, 199):
        r, b = w.r[-n:], w.b[-n:]
        found[f"btc_beta_{n}"] = stats.linregress(b, r).slope
        found[f"btc_correlation_{n}"] = r.corr(b)
        found[f"eth_correlation_{n}"] = r.corr(w.e[-n:])
        found[f"btc_volatility_ratio_{n}"] = r.std() / b.std()
    for n in (1, 12, 48):
        own = w.r[-n:].sum() - found["btc_beta_199"] * w.b[-n:].sum()
        found[f"btc_residual_{n}"] = own
    for n in (96, 199):
        r, b = w.r[-n:].to_numpy(), w.b[-n:].to_numpy()
        found[f"btc_lead_{n}"] = (r[1:] @ b[:-1]) / np.sqrt((r @ r) * (b @ b))
    for n in (48, 200):
        ratio = (w.close / w.btc_close)[-n:]
        found[f"btc_ratio_z_{n}"] = (ratio.iloc[-1] - ratio.mean()) / ratio.std(ddof=0)
    found |= {f"btc_volatility_{n}": w.b[-n:].std() for n in (12, 96)}
    for n, rows in ((21, 168), (89, 200)):
        btc = w.btc_close.to_numpy()[-rows:]
        found[f"btc_ema_gap_{n}"] = btc[-1] / talib.EMA(btc, n)[-1] - 1
    return found


@pytest.mark.parametrize("row", ORACLE_ROWS)
def test_context_equals_its_oracles(row: int) -> None:
    """Every feature of the family is the number that its formula gives on the window."""
    table, features = a_batch()
    w = window_of(table, row)
    names = {feature.name for feature in cross.FEATURES}
    assert computed(features, row, names) == pytest.approx(
        _moves(w) | _pairs(w), rel=1e-9, abs=1e-10
    )
