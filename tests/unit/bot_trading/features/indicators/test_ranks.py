"""Ranks and extremes against pandas and scipy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats  # type: ignore[import-untyped]

from bot_trading.features.indicators import ranks
from tests.builders.feature_tables import ORACLE_ROWS, a_batch, computed, window_of

pytestmark = pytest.mark.timeout(600)


def _rank(values: pd.Series, n: int) -> float:
    last = values[-n:].to_numpy()
    if last[-1] > 0:  # Nine digits: what differs less differs by rounding only.
        last = np.round(last / last[-1], 9)
    return float(stats.percentileofscore(last[:-1], last[-1], kind="mean") / 100)


def expected(w: pd.DataFrame) -> dict[str, float]:
    """Every feature of the family for the last row of a window."""
    c = w.close.iloc[-1]
    found = {}
    for n in (24, 96, 200):
        found[f"high_gap_{n}"] = np.log(c / w.high[-n:].max())
        found[f"low_gap_{n}"] = np.log(c / w.low[-n:].min())
    for n in (48, 200):
        found[f"close_rank_{n}"] = _rank(w.close, n)
        found[f"volume_rank_{n}"] = _rank(w.volume, n)
        found[f"range_rank_{n}"] = _rank(w.wide, n)
    for n in (48, 199):
        found[f"move_rank_{n}"] = _rank(w.r.abs(), n)
    for n in (96, 200):
        found[f"high_age_{n}"] = w.high[-n:].to_numpy()[::-1].argmax() / n
        found[f"low_age_{n}"] = w.low[-n:].to_numpy()[::-1].argmin() / n
    return found


@pytest.mark.parametrize("row", ORACLE_ROWS)
def test_ranks_equal_their_oracles(row: int) -> None:
    """Every feature of the family is the number that scipy or its formula gives."""
    table, features = a_batch()
    names = {feature.name for feature in ranks.FEATURES}
    assert computed(features, row, names) == pytest.approx(
        expected(window_of(table, row)), rel=1e-9, abs=1e-12
    )
