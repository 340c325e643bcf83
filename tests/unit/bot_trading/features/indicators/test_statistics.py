"""Statistics of returns against scipy and numpy, by their published formulas."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy import stats  # type: ignore[import-untyped]

from bot_trading.features.indicators import statistics
from tests.builders.feature_tables import ORACLE_ROWS, a_batch, computed, window_of

pytestmark = pytest.mark.timeout(600)


def _moments(w: pd.DataFrame) -> dict[str, float]:
    found = {}
    for n in (48, 96, 199):
        found[f"skewness_{n}"] = stats.skew(w.r[-n:])
        found[f"kurtosis_{n}"] = stats.kurtosis(w.r[-n:])
    for lag, n in ((1, 48), (1, 199), (2, 199), (6, 199), (12, 199)):
        r = w.r[-n:].to_numpy()
        found[f"autocorrelation_{lag}_{n}"] = (r[lag:] @ r[:-lag]) / (r @ r)
    for lag, n in ((1, 199), (6, 199)):
        away = w.r[-n:].abs().to_numpy()
        away = away - away.mean()
        found[f"move_autocorrelation_{lag}_{n}"] = (away[lag:] @ away[:-lag]) / (away @ away)
    return found


def _scaling(w: pd.DataFrame) -> dict[str, float]:
    c = w.close.to_numpy()
    squares = {q: ((c[q:] - c[:-q]) ** 2).mean() for q in (1, 2, 4, 8, 16)}
    ratios = {q: squares[q] / q / squares[1] for q in (2, 4, 8, 16)}
    found: dict[str, float] = {f"variance_ratio_{q}": float(x) for q, x in ratios.items()}
    logs = np.log([[q, square] for q, square in squares.items()])
    found["hurst"] = float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0] / 2)
    r = w.r[1:].to_numpy()
    path = np.r_[0, np.cumsum(r - r.mean())]
    found["rescaled_range_199"] = np.log((path.max() - path.min()) / r.std()) / np.log(199)
    for n in (48, 200):
        levels = c[-n:]
        found[f"reversion_{n}"] = stats.linregress(levels[:-1], np.diff(levels)).slope
    weights = [1.0]
    for k in range(1, 200):
        weights.append(-weights[-1] * (0.4 - k + 1) / k)
    found["fractional_difference"] = float(np.array(weights[::-1]) @ (c / c[-1] - 1))
    return found


def _disorder(w: pd.DataFrame) -> dict[str, float]:
    c = w.close.to_numpy()
    found: dict[str, float] = {}
    for n in (48, 198):
        orders = Counter(
            tuple(np.argsort(c[j - 2 : j + 1], kind="stable")) for j in range(200 - n, 200)
        )
        shares = np.array([*orders.values()]) / n
        found[f"permutation_entropy_{n}"] = float(-(shares @ np.log(shares)) / math.log(6))
        turns = w.r * w.r.shift(1) < 0
        found[f"flip_share_{n}"] = float(turns[-n:].mean())
    return found


@pytest.mark.parametrize("row", ORACLE_ROWS)
def test_statistics_equal_their_oracles(row: int) -> None:
    """Every feature of the family is the number that its published formula gives."""
    table, features = a_batch()
    w = window_of(table, row)
    names = {feature.name for feature in statistics.FEATURES}
    assert computed(features, row, names) == pytest.approx(
        _moments(w) | _scaling(w) | _disorder(w), rel=1e-9, abs=1e-10
    )
