"""Which features a model leans on, and whether it leans on the same ones in every fold."""

from __future__ import annotations

import itertools
from typing import Any

import lightgbm as lgb
import numpy as np
from scipy.stats import spearmanr  # type: ignore[import-untyped]

from bot_trading.ml.arrays import Floats

__all__ = ["importance_report"]


def importance_report(
    fold_boosters: list[lgb.Booster], final_boosters: list[lgb.Booster], names: list[str]
) -> dict[str, Any]:
    """Shares of gain in the final model with their range over folds, largest first.

    `stability` is the mean rank correlation of importances between folds (Spearman): 1 when each
    fold leans on the same features, 0 when the choice is chance.
    """
    folds = np.stack([_shares(booster) for booster in fold_boosters])
    final = np.mean([_shares(booster) for booster in final_boosters], axis=0)
    order = np.argsort(-final, kind="stable")
    return {
        "stability": _stability(folds),
        "used": int((final > 0).sum()),
        "features": [
            {
                "name": names[at],
                "share": float(final[at]),
                "fold_min": float(folds[:, at].min()),
                "fold_max": float(folds[:, at].max()),
            }
            for at in order
            if final[at] > 0
        ],
    }


def _shares(booster: lgb.Booster) -> Floats:
    gain = np.asarray(booster.feature_importance("gain"), dtype=np.float64)
    total = gain.sum()
    return gain / total if total else gain


def _stability(folds: Floats) -> float | None:
    """Mean rank correlation over pairs of models that used any feature."""
    used = [shares for shares in folds if shares.std()]
    pairs = list(itertools.combinations(used, 2))
    if not pairs:
        return None
    return float(np.mean([spearmanr(first, second)[0] for first, second in pairs]))
