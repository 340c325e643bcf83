"""Measures agree with scikit-learn, and their intervals hold what they should."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import spearmanr  # type: ignore[import-untyped]
from sklearn.metrics import brier_score_loss, roc_auc_score  # type: ignore[import-untyped]

from bot_trading.ml.measures import (
    auc,
    block_interval,
    brier,
    brier_skill,
    calibration_curve,
    ece,
    rank_correlation,
    ratio_interval,
)

DAY_US = 86_400_000_000


def sample(count: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    probability = rng.beta(2, 5, count)
    outcome = (rng.random(count) < probability).astype(np.float64)
    return outcome, probability, np.linspace(0, 60 * DAY_US, count).astype(np.int64)


def test_auc_and_brier_equal_the_oracle() -> None:
    """Ties included, both equal scikit-learn's."""
    outcome, probability, _ = sample(3_000)
    rounded = probability.round(2)
    assert auc(outcome, rounded) == pytest.approx(roc_auc_score(outcome, rounded), abs=1e-12)
    assert brier(outcome, rounded) == pytest.approx(brier_score_loss(outcome, rounded), abs=1e-12)
    assert math.isnan(auc(np.ones(5), rounded[:5]))


def test_a_calibrated_probability_has_a_small_error() -> None:
    """Bins have equal count; the error of true probabilities is noise, of shifted ones a shift."""
    outcome, probability, _ = sample()
    curve = calibration_curve(outcome, probability, bins=10)
    assert [part.rows for part in curve] == [2_000] * 10
    assert ece(curve) < 0.015
    assert ece(calibration_curve(outcome, probability + 0.1)) == pytest.approx(0.1, abs=0.01)


def test_skill_is_measured_against_the_base_rate() -> None:
    """True probabilities have skill above zero; a constant has exactly none; noise has less."""
    outcome, probability, ts_us = sample()
    skill = brier_skill(outcome, probability, ts_us)
    assert 0 < skill.low < skill.value < skill.high
    constant = np.full(len(outcome), outcome.mean())
    assert brier_skill(outcome, constant, ts_us).value == pytest.approx(0, abs=1e-9)
    assert brier_skill(outcome, 1 - probability, ts_us).high < 0


def test_intervals_repeat_and_need_days() -> None:
    """The same seed gives the same interval; with few days its ends are unknown."""
    values = np.random.default_rng(1).normal(1.0, 1.0, 3_000)
    ts_us = np.linspace(0, 90 * DAY_US, 3_000).astype(np.int64)
    found = block_interval(values, ts_us)
    assert found == block_interval(values, ts_us)
    assert found.low < 1.0 < found.high
    assert found.value == pytest.approx(values.mean())
    few = block_interval(values, ts_us // 30)
    assert math.isnan(few.low)
    assert math.isnan(block_interval(values[:0], ts_us[:0]).value)
    assert math.isnan(ratio_interval(values, np.zeros(3_000), ts_us).value)


def test_rank_correlation_is_spearmans() -> None:
    """It equals scipy's, ties included, and a constant has none."""
    rng = np.random.default_rng(4)
    first = rng.integers(0, 20, 300).astype(float)
    second = first + rng.normal(0, 10, 300)
    assert rank_correlation(first, second) == pytest.approx(spearmanr(first, second).statistic)
    assert math.isnan(rank_correlation(np.ones(10), np.arange(10.0)))
