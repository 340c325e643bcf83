"""One examination of probabilities over rows that nobody learned from: what a sceptic asks."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bot_trading.ml.arrays import Floats, Ints
from bot_trading.ml.dataset import Dataset
from bot_trading.ml.labels import RETURN_HORIZONS_S, Costs
from bot_trading.ml.measures import (
    auc,
    block_interval,
    brier,
    brier_skill,
    calibration_curve,
    ece,
    rank_correlation,
)
from bot_trading.ml.profit import follow, follow_trend, hold, summary

__all__ = ["Ratios", "earnings", "probabilities_report", "side_report"]

Ratios = dict[str, Floats]
_SIDES = ("long", "short")


def side_report(outcome: Floats, probability: Floats, ts_us: Ints) -> dict[str, Any]:
    """Rows, base rate, AUC, Brier, its skill with an interval, calibration error and curve."""
    curve = calibration_curve(outcome, probability)
    skill = brier_skill(outcome, probability, ts_us)
    return {
        "rows": len(outcome),
        "base_rate": float(outcome.mean()),
        "mean_probability": float(probability.mean()),
        "auc": auc(outcome, probability),
        "brier": brier(outcome, probability),
        "brier_skill": {"value": skill.value, "low": skill.low, "high": skill.high},
        "ece": ece(curve),
        "curve": [[part.rows, part.predicted, part.happened] for part in curve],
    }


def probabilities_report(data: Dataset, ratios: Ratios) -> dict[str, Any]:
    """Both sides over all symbols and per symbol, and whether the direction is known at all."""
    report: dict[str, Any] = {
        side: side_report(data.side(side).win, ratios[side], data.decided_us) for side in _SIDES
    }
    report["direction_auc"] = _direction_auc(data, ratios)
    report["horizons"] = _horizons(data, ratios)
    report["per_symbol"] = {}
    for at, symbol in enumerate(data.symbols):
        mine = data.symbol_at == at
        if mine.any():
            report["per_symbol"][symbol] = _of_symbol(data, ratios, mine)
    return report


def earnings(data: Dataset, ratios: Ratios, minimum: float, costs: Costs) -> dict[str, Any]:
    """Net results of the model at a threshold beside doing nothing, always long and a trend rule.

    Every entry pays fees, slippage and funding; intervals are by blocks of days.
    """
    certain = np.ones(len(data))
    held = hold(data, costs)
    return {
        "threshold": minimum,
        "model": summary(follow(data, ratios["long"], ratios["short"], minimum, costs)),
        "doing_nothing": {"trades": 0, "net_per_trade_bps": 0.0, "net_sum_bps": 0.0},
        "always_long": summary(follow(data, certain, np.zeros(len(data)), 0.5, costs)),
        "moving_average": summary(follow_trend(data, costs)),
        "held_long": {
            "symbols": len(held),
            "net_mean_bps": float(held.mean() * 1e4) if len(held) else None,
        },
    }


def _of_symbol(data: Dataset, ratios: Ratios, mine: npt.NDArray[np.bool_]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for side in _SIDES:
        outcome, probability = data.side(side).win[mine], ratios[side][mine]
        found[side] = {
            "rows": int(mine.sum()),
            "base_rate": float(outcome.mean()),
            "auc": auc(outcome, probability),
            "brier": brier(outcome, probability),
            "ece": ece(calibration_curve(outcome, probability)),
        }
    return found


def _horizons(data: Dataset, ratios: Ratios) -> list[dict[str, Any]]:
    """How the lean of long over short ranks plain returns: AUC of their sign, rank correlation."""
    lean, found = ratios["long"] - ratios["short"], []
    for at, horizon_s in enumerate(RETURN_HORIZONS_S):
        known = np.isfinite(data.returns[:, at])
        moved, asked = data.returns[known, at], lean[known]
        clear = moved != 0
        found.append(
            {
                "horizon_s": horizon_s,
                "rows": int(known.sum()),
                "direction_auc": _number(auc((moved[clear] > 0).astype(np.float64), asked[clear])),
                "rank_correlation": _number(rank_correlation(asked, moved)),
            }
        )
    return found


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


def _direction_auc(data: Dataset, ratios: Ratios) -> dict[str, float]:
    """AUC of long over short probability for the direction of the gross outcome, by days."""
    known = data.long.gross != 0
    up = (data.long.gross[known] > 0).astype(np.float64)
    lean = (ratios["long"] - ratios["short"])[known]
    days, values = data.decided_us[known] // 86_400_000_000, []
    for day in np.unique(days):
        value = auc(up[days == day], lean[days == day])
        if not np.isnan(value):
            values.append(value)
    stamps = np.arange(len(values), dtype=np.int64) * 86_400_000_000
    interval = block_interval(np.array(values), stamps)
    return {
        "value": auc(up, lean),
        "daily_mean": interval.value,
        "daily_low": interval.low,
        "daily_high": interval.high,
    }
