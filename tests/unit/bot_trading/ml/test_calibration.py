"""A calibrated score is a probability of what happened."""

from __future__ import annotations

import numpy as np
import pytest

from bot_trading.ml.calibration import Calibration, fit_calibration
from bot_trading.ml.measures import calibration_curve, ece
from bot_trading.ml.refusals import ModelError


def test_a_distorted_score_is_straightened() -> None:
    """Scores that exaggerate by a factor and a shift are brought back to what happened."""
    rng = np.random.default_rng(1)
    truth = rng.normal(-1, 0.7, 40_000)
    outcome = (rng.random(40_000) < 1 / (1 + np.exp(-truth))).astype(np.float64)
    raw = 3 * truth + 2
    found = fit_calibration(raw, outcome, np.ones(40_000))
    assert found.slope == pytest.approx(1 / 3, abs=0.02)
    assert found.offset == pytest.approx(-2 / 3, abs=0.05)
    assert ece(calibration_curve(outcome, found.probabilities(raw))) < 0.01


def test_probabilities_stay_strictly_inside() -> None:
    """Even an absurd score is no certainty, and the order of scores is kept."""
    found = Calibration(slope=1.0, offset=0.0).probabilities(np.array([-1e6, -1.0, 1.0, 1e6]))
    assert 0 < found[0] < found[1] < found[2] < found[3] < 1


def test_one_outcome_cannot_be_calibrated() -> None:
    """A fold in which everything lost says so."""
    with pytest.raises(ModelError, match="one outcome only"):
        fit_calibration(np.arange(5.0), np.zeros(5), np.ones(5))
