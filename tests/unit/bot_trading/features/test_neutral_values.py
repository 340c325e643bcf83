"""What features say when the market says nothing, and when it says one thing only."""

from __future__ import annotations

import numpy as np
import pytest

from bot_trading.features.catalog import feature_names
from bot_trading.features.kernel import batch_features
from bot_trading.features.window import COLUMNS, CandleTable, table_from
from tests.builders.feature_tables import START_US, STEP_US

pytestmark = pytest.mark.timeout(600)

ROWS = 200
# Where nothing moves and nothing is traded these are not 0; every feature not named here is.
STILL = {
    "rsi_": 50.0,
    "stochastic_": 50.0,
    "stochrsi_": 50.0,
    "mfi_": 50.0,
    "ultimate": 50.0,
    "rescaled_range_": 0.5,
    "hurst": 0.5,
    "zero_return_share_": 1.0,
    "close_rank_": 0.5,
    "volume_rank_": 0.5,
    "range_rank_": 0.5,
    "move_rank_": 0.5,
    "is_inside": 1.0,
}
CALENDAR = ("funding_wait", "sine_", "cosine_", "is_weekend", "in_", "funding_")


def _market(close: np.ndarray, volume: float) -> CandleTable:
    """Candles that open where the last one closed, without wicks; BTC and ETH stand still."""
    matrix = np.full((len(COLUMNS), ROWS), 100.0)
    matrix[0] = START_US + STEP_US * np.arange(ROWS)
    opened = np.r_[close[0], close[:-1]]
    for first in (1, 9, 14, 19):
        matrix[first], matrix[first + 3] = opened, close
        matrix[first + 1], matrix[first + 2] = np.maximum(opened, close), np.minimum(opened, close)
        matrix[first + 4] = volume
    matrix[COLUMNS.index("funding_rate")] = 0.0
    return table_from(matrix)


def _last(table: CandleTable) -> dict[str, float]:
    return dict(zip(feature_names(), batch_features(table)[-1].tolist(), strict=True))


def test_a_dead_market_is_neutral_everywhere() -> None:
    """Flat and untraded for 200 rows, every feature has its stated neutral value."""
    found = _last(_market(np.full(ROWS, 100.0), 0.0))
    for name, value in found.items():
        if not name.startswith(CALENDAR):
            expected = next((v for start, v in STILL.items() if name.startswith(start)), 0.0)
            assert value == pytest.approx(expected, abs=1e-12), name


def test_a_steady_climb_is_at_its_extremes() -> None:
    """A price that only rises, by one step a candle, is as high as each bounded feature goes."""
    found = _last(_market(np.arange(100.0, 300.0), 5.0))
    for name in ("rsi_14", "stochastic_14", "stochastic_56", "mfi_14", "ultimate", "aroon_25"):
        assert found[name] == pytest.approx(100.0), name
    for name in ("efficiency_50", "cmo_48", "tsi_25_13", "trend_correlation_200", "up_share_48"):
        assert found[name] == pytest.approx(1.0), name
    for name in ("body_0", "close_location_1", "signed_volume_48", "money_flow_96"):
        assert found[name] == pytest.approx(1.0), name
    for name in ("down_variance_share_24", "ulcer_200", "minus_di_14", "high_age_200"):
        assert found[name] == 0.0, name
    assert found["adx_14"] == pytest.approx(100.0)
    assert found["streak"] == 20.0
    assert found["slope_50"] == pytest.approx(50 / 299)
    assert found["permutation_entropy_48"] == 0.0
    assert found["close_rank_200"] == 1.0


def test_a_saw_turns_with_every_candle() -> None:
    """A price that goes up and down by turns has the memory, the turns and the spread of that."""
    found = _last(_market(100.0 + np.arange(ROWS) % 2, 5.0))
    assert found["flip_share_48"] == 1.0
    assert found["autocorrelation_1_199"] == pytest.approx(-198 / 199)
    assert found["autocorrelation_2_199"] == pytest.approx(197 / 199)
    assert found["variance_ratio_2"] == 0.0
    assert found["hurst"] == 0.5
    assert found["roll_spread_199"] == pytest.approx(2 * np.log(101 / 100), rel=1e-3)
    assert found["up_share_48"] == 0.5
    assert found["btc_beta_199"] == 0.0
