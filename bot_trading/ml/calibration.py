"""From a raw score to a probability that means what it says: Platt's sigmoid, two numbers a side.

Fitted on a fold of its own (Platt 1999). Two parameters cannot learn the noise of that fold, and
they travel in the manifest as text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot_trading.ml.arrays import Floats
from bot_trading.ml.refusals import ModelError

__all__ = ["Calibration", "fit_calibration"]

_MARGIN = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """probability = 1 / (1 + exp(-(slope * raw + offset)))."""

    slope: float
    offset: float

    def probabilities(self, raw: Floats) -> Floats:
        """Calibrated probabilities, strictly between 0 and 1."""
        bounded = np.clip(self.slope * raw + self.offset, -30.0, 30.0)
        exact = 1.0 / (1.0 + np.exp(-bounded))
        result: Floats = np.clip(exact, _MARGIN, 1 - _MARGIN)
        return result


def fit_calibration(raw: Floats, outcome: Floats, weight: Floats) -> Calibration:
    """The sigmoid that fits best; raises `ModelError` when only one outcome was seen."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    if len(np.unique(outcome)) < 2:
        raise ModelError("the calibration fold has one outcome only; give it a longer range")
    fitted = LogisticRegression(C=1e6, max_iter=1_000)
    fitted.fit(raw.reshape(-1, 1), outcome, sample_weight=weight)
    return Calibration(slope=float(fitted.coef_[0, 0]), offset=float(fitted.intercept_[0]))
