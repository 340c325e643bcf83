"""A prediction holds probabilities strictly between 0 and 1, or is not made."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot_trading.domain.prediction import Prediction, PredictionSource


def prediction(**changes: Any) -> Prediction:
    parts: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "win_long_ratio": Decimal("0.31"),
        "win_short_ratio": Decimal("0.27"),
        "entry_min_ratio": None,
        "stop_ratio": Decimal("0.006"),
        "horizon_s": 900,
        "source": PredictionSource.CURRENT,
        "model_version": "m1",
        "ts_event_us": 1,
    }
    return Prediction(**(parts | changes))


def test_a_plain_prediction_is_made() -> None:
    """A prediction without a threshold is one that nobody has to follow."""
    assert prediction().entry_min_ratio is None
    assert prediction().note == ""


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"win_long_ratio": Decimal(0)}, "probabilities"),
        ({"win_short_ratio": Decimal(1)}, "probabilities"),
        ({"entry_min_ratio": Decimal("1.2")}, "entry_min_ratio"),
        ({"stop_ratio": Decimal(0)}, "stop"),
        ({"horizon_s": 0}, "horizon"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], named: str) -> None:
    """A certainty, a threshold outside 0 to 1, no stop and no horizon are refused by name."""
    with pytest.raises(ValueError, match=named):
        prediction(**changes)
