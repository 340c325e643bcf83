"""How good probabilities are: ranking, calibration, skill, and intervals that respect time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata  # type: ignore[import-untyped]

from bot_trading.ml.arrays import Floats, Ints

__all__ = [
    "Bin",
    "Interval",
    "auc",
    "block_interval",
    "brier",
    "brier_skill",
    "calibration_curve",
    "ece",
    "rank_correlation",
    "ratio_interval",
]

_DAY_US = 86_400_000_000
_DRAWS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One part of the calibration curve: rows, their mean probability and their mean outcome."""

    rows: int
    predicted: float
    happened: float


def auc(outcome: Floats, score: Floats) -> float:
    """Probability that a random positive ranks above a random negative; NaN with one class only."""
    positives = float(outcome.sum())
    negatives = len(outcome) - positives
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(score)
    above = float(ranks[outcome > 0].sum()) - positives * (positives + 1) / 2
    return above / (positives * negatives)


def rank_correlation(first: Floats, second: Floats) -> float:
    """Spearman's correlation (the information coefficient of a forecast); NaN of a constant."""
    if len(first) < 2 or not np.ptp(first) or not np.ptp(second):
        return float("nan")
    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])


def brier(outcome: Floats, probability: Floats) -> float:
    """Mean squared distance of the probability from what happened (Brier 1950)."""
    return float(np.mean((probability - outcome) ** 2))


def calibration_curve(outcome: Floats, probability: Floats, bins: int = 15) -> tuple[Bin, ...]:
    """Rows in order of probability, cut into bins of equal count."""
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    return tuple(
        Bin(
            rows=len(part),
            predicted=float(probability[part].mean()),
            happened=float(outcome[part].mean()),
        )
        for part in parts
        if len(part)
    )


def ece(curve: tuple[Bin, ...]) -> float:
    """Expected calibration error: mean distance of predicted from happened, weighted by rows."""
    total = sum(part.rows for part in curve)
    return sum(part.rows * abs(part.predicted - part.happened) for part in curve) / total


def brier_skill(outcome: Floats, probability: Floats, ts_us: Ints, seed: int = 7) -> Interval:
    """1 - Brier / Brier of always saying the rows' own base rate; a constant has none."""
    base = float(outcome.mean())
    ours = (probability - outcome) ** 2
    plain = (base - outcome) ** 2
    whole = ratio_interval(ours, plain, ts_us, seed)
    return Interval(value=1 - whole.value, low=1 - whole.high, high=1 - whole.low)


def ratio_interval(above: Floats, below: Floats, ts_us: Ints, seed: int = 7) -> Interval:
    """Sum of `above` over sum of `below`, by a stationary bootstrap of whole UTC days.

    Blocks of about five days (Politis and Romano 1994): rows of one day, of all symbols, stay
    together, since they share what happened. With fewer than ten days the ends are NaN.
    """
    _, day = np.unique(ts_us // _DAY_US, return_inverse=True)
    sums = np.stack([np.bincount(day, weights=above), np.bincount(day, weights=below)], axis=1)
    total = sums.sum(axis=0)
    value = float(total[0] / total[1]) if total[1] else float("nan")
    if len(sums) < 10 or not total[1]:
        return Interval(value=value, low=float("nan"), high=float("nan"))
    from arch.bootstrap import StationaryBootstrap  # Compiles for seconds; few need an interval.

    draws = StationaryBootstrap(5, sums, seed=seed).apply(_ratio, _DRAWS)[:, 0]
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return Interval(value=value, low=float(low), high=float(high))


def block_interval(values: Floats, ts_us: Ints, seed: int = 7) -> Interval:
    """The mean of the values with an interval by whole days, as in `ratio_interval`."""
    if not len(values):
        nothing = float("nan")
        return Interval(value=nothing, low=nothing, high=nothing)
    return ratio_interval(values, np.ones(len(values)), ts_us, seed)


def _ratio(sums: Floats) -> Floats:
    total = sums.sum(axis=0)
    return np.array([total[0] / total[1] if total[1] else np.nan])
