"""Returns against pandas, by their definitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bot_trading.features.indicators import returns
from tests.builders.feature_tables import ORACLE_ROWS, a_batch, computed, window_of

pytestmark = pytest.mark.timeout(600)


def _streak(close: np.ndarray) -> int:
    signs = np.sign(np.diff(close))[::-1][:20]
    changes = np.flatnonzero(signs != signs[0])
    return int(signs[0] * (changes[0] if changes.size else 20))


def expected(w: pd.DataFrame) -> dict[str, float]:
    """Every feature of the family for the last row of a window."""
    c = w.close.to_numpy()
    found = {
        f"log_return_{n}": np.log(c[-1] / c[-1 - n]) for n in (1, 2, 3, 6, 12, 24, 48, 96, 192)
    }
    for n in (12, 48, 192):
        found[f"scaled_return_{n}"] = w.r[-n:].sum() / np.sqrt((w.r[-n:] ** 2).sum())
    scale = np.sqrt((w.r[-48:] ** 2).mean())
    for lag in range(5):
        found[f"lagged_return_{lag}"] = w.r.iloc[-1 - lag] / scale
    for n in (6, 24):
        found[f"return_bend_{n}"] = np.log(c[-1] * c[-1 - 2 * n] / c[-1 - n] ** 2)
    for n in (12, 48):
        found[f"up_share_{n}"] = float((w.r[-n:] > 0).mean())
    return found | {"streak": _streak(c)}


@pytest.mark.parametrize("row", ORACLE_ROWS)
def test_returns_equal_their_definitions(row: int) -> None:
    """Every feature of the family is the number that its formula gives on the window."""
    table, features = a_batch()
    names = {feature.name for feature in returns.FEATURES}
    assert computed(features, row, names) == pytest.approx(
        expected(window_of(table, row)), rel=1e-9, abs=1e-12
    )
