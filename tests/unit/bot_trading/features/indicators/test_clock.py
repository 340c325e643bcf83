"""Funding and calendar against datetime."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from bot_trading.features.catalog import feature_names
from bot_trading.features.indicators import clock
from bot_trading.features.kernel import batch_features
from tests.builders.feature_tables import ORACLE_ROWS, a_batch, a_table, computed, window_of

pytestmark = pytest.mark.timeout(600)


def _calendar(ts_open_us: float) -> dict[str, float]:
    close = datetime.fromtimestamp(ts_open_us / 1e6, tz=UTC) + timedelta(minutes=5)
    midnight = close.replace(hour=0, minute=0, second=0)
    day_s = (close - midnight).total_seconds()
    shares = {
        "hour": day_s % 3600 / 3600,
        "day": day_s / 86400,
        "week": (close.weekday() * 86400 + day_s) / (7 * 86400),
    }
    found = {"funding_wait": 1 - day_s % 28800 / 28800}
    for cycle, gone in shares.items():
        found[f"sine_of_{cycle}"] = math.sin(2 * math.pi * gone)
        found[f"cosine_of_{cycle}"] = math.cos(2 * math.pi * gone)
    found["is_weekend"] = float(close.weekday() >= 5)
    for city, opens in (("tokyo", 0), ("london", 8), ("new_york", 13.5)):
        found[f"in_{city}"] = float(opens <= day_s / 3600 < opens + 8)
    return found


def _funding(w: pd.DataFrame) -> dict[str, float]:
    bps = w.funding_rate * 1e4
    found = {"funding_bps": bps.iloc[-1], "funding_mean_bps_192": bps[-192:].mean()}
    for n in (96, 192):
        found[f"funding_change_bps_{n}"] = bps.iloc[-1] - bps.iloc[-1 - n]
    return found


@pytest.mark.parametrize("row", ORACLE_ROWS)
def test_funding_and_calendar_equal_datetime(row: int) -> None:
    """Every feature of the family is the number that its formula gives at the row's close."""
    table, features = a_batch()
    w = window_of(table, row)
    names = {feature.name for feature in clock.FEATURES}
    assert computed(features, row, names) == pytest.approx(
        _calendar(w.ts_open_us.iloc[-1]) | _funding(w), rel=1e-9, abs=1e-9
    )


def test_weekends_and_sessions_come_and_go() -> None:
    """Over a week each flag is met with both values, in its share of the time."""
    table = a_table(199 + 7 * 288)
    features = batch_features(table)[199:]
    names = [feature.name for feature in clock.FEATURES]
    first = feature_names().index(names[0])
    shares = dict(zip(names, features[:, first : first + len(names)].mean(axis=0), strict=True))
    assert shares["is_weekend"] == pytest.approx(2 / 7)
    sessions = [shares[f"in_{city}"] for city in ("tokyo", "london", "new_york")]
    assert sessions == pytest.approx([1 / 3] * 3)
