"""Volume and flow against pandas and TA-Lib."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import talib

from bot_trading.features.indicators import volume
from tests.builders.feature_tables import ORACLE_ROWS, a_batch, computed, window_of

pytestmark = pytest.mark.timeout(600)


def _levels(w: pd.DataFrame) -> dict[str, float]:
    v = w.volume
    parts = [w[name].to_numpy() for name in ("high", "low", "close", "volume")]
    found = {f"volume_ratio_{n}": v.iloc[-1] / v[-n:].mean() for n in (6, 24, 96, 200)}
    for n in (24, 200):
        found[f"volume_z_{n}"] = (v.iloc[-1] - v[-n:].mean()) / v[-n:].std(ddof=0)
    for short, long in ((6, 48), (24, 200)):
        found[f"volume_trend_{short}_{long}"] = v[-short:].mean() / v[-long:].mean()
    for n in (12, 48, 199):
        balance = talib.OBV(w.close.to_numpy(), v.to_numpy())
        found[f"signed_volume_{n}"] = (balance[-1] - balance[-1 - n]) / v[-n:].sum()
    for n in (20, 96):
        line = talib.AD(*parts)
        found[f"money_flow_{n}"] = (line[-1] - line[-1 - n]) / v[-n:].sum()
    h, l, c, traded = (part[-100:] for part in parts)  # noqa: E741
    swing = talib.ADOSC(h, l, c, traded, 3, 10)[-1]
    return found | {"accumulation_3_10": swing / v[-100:].mean()}


def _relations(w: pd.DataFrame) -> dict[str, float]:
    v = w.volume
    found = {"traded_share_48": float((v[-48:] > 0).mean())}
    for n in (12, 48, 200):
        paid = np.average(w.tp[-n:], weights=v[-n:])
        found[f"vwap_gap_{n}"] = w.close.iloc[-1] / paid - 1
    for n in (24, 96):
        shares = v[-n:] / v[-n:].sum()
        found[f"volume_concentration_{n}"] = n * (shares**2).sum()
    for n in (12, 48):
        push = (w.r * v)[-n:].sum() / v[-n:].sum()
        found[f"force_{n}"] = push / np.sqrt((w.r[-n:] ** 2).mean())
    for n in (48, 199):
        found[f"return_volume_correlation_{n}"] = w.r[-n:].corr(v[-n:])
        found[f"move_volume_correlation_{n}"] = w.r[-n:].abs().corr(v[-n:])
    return found


@pytest.mark.parametrize("row", ORACLE_ROWS)
def test_volume_equals_its_oracles(row: int) -> None:
    """Every feature of the family is the number that TA-Lib or its formula gives."""
    table, features = a_batch()
    w = window_of(table, row)
    names = {feature.name for feature in volume.FEATURES}
    assert computed(features, row, names) == pytest.approx(
        _levels(w) | _relations(w), rel=1e-9, abs=1e-9
    )
