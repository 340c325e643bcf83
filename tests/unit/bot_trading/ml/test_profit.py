"""What trades would have earned is what their own outcomes say, after every cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot_trading.ml.dataset import Dataset
from bot_trading.ml.profit import choose_threshold, follow, follow_trend, hold, summary
from tests.builders.small_rows import COSTS, DAY_US, STEP_US, dataset


def test_an_entry_pays_fees_slippage_and_funding() -> None:
    """Net is gross less a round trip less what its side pays in funding."""
    data = dataset(np.array([0.01, -0.02]))
    trades = follow(data, np.array([0.9, 0.1]), np.array([0.1, 0.9]), 0.5, COSTS)
    assert trades.side.tolist() == [1, -1]
    np.testing.assert_allclose(trades.net, [0.01 - 0.001 - 0.0002, 0.02 - 0.001 + 0.0002])


def test_one_entry_at_a_time_per_symbol() -> None:
    """While an entry lives its symbol takes no other; another symbol does."""
    data = dataset(np.full(12, 0.01), rows=3, symbols=2)
    sure = np.ones(12)
    trades = follow(data, sure, np.zeros(12), 0.5, COSTS)
    assert trades.decided_us.tolist() == [0, 3 * STEP_US] * 2
    late = follow(data, np.where(np.arange(12) == 1, 1.0, 0.0), np.zeros(12) + 0.1, 0.5, COSTS)
    assert late.decided_us.tolist() == [STEP_US]


def test_below_the_threshold_and_undecided_nothing_is_entered() -> None:
    """A probability below the threshold, and equal ones, are not followed."""
    data = dataset(np.full(3, 0.01))
    long_ratio, short_ratio = np.array([0.49, 0.6, 0.5]), np.array([0.1, 0.6, 0.1])
    assert follow(data, long_ratio, short_ratio, 0.5, COSTS).decided_us.tolist() == [2 * STEP_US]


def test_the_rules_beside_are_what_they_say() -> None:
    """The trend rule takes the trend's side; holding pays one round trip and the funding."""
    data = dataset(np.array([0.01, -0.01, 0.0]))
    assert follow_trend(data, COSTS).side.tolist() == [1, -1]
    grown = replace(
        data, close=np.array([100.0, 105.0, 110.0]), funding_sum=np.array([0.0, 0.001, 0.003])
    )
    assert hold(grown, COSTS).tolist() == [pytest.approx(0.1 - 0.003 - 0.001)]


def many(edge: float, count: int = 6_000) -> tuple[Dataset, np.ndarray]:
    """Sixty days in which high probabilities earn `edge` more than the costs, low ones lose."""
    rng = np.random.default_rng(4)
    chance = rng.random(count)
    gross = np.where(chance > 0.8, edge + 0.0012, -0.001) + rng.normal(0, 0.001, count)
    return dataset(gross, step_us=60 * DAY_US // count), chance


def test_a_real_edge_gets_a_threshold() -> None:
    """Where high probabilities earn money beyond luck, entries follow from there on."""
    data, chance = many(0.002)
    choice = choose_threshold(data, chance, np.zeros(len(chance)), COSTS)
    assert choice.entry_min_ratio == choice.best_ratio
    assert choice.best_ratio >= 0.79
    assert len(choice.tried) == 10
    found = summary(follow(data, chance, np.zeros(len(chance)), choice.best_ratio, COSTS))
    assert found["net_per_trade_low_bps"] > 0
    assert found["winners"] > 0.8


def test_no_edge_gets_none() -> None:
    """Where nothing earns money the best threshold is told, and no entry follows."""
    data, chance = many(-0.002)
    choice = choose_threshold(data, chance, np.zeros(len(chance)), COSTS)
    assert choice.entry_min_ratio is None
    assert 0 < choice.best_ratio < 1


def test_too_few_days_or_trades_are_no_edge() -> None:
    """Luck over a few days or trades opens nothing."""
    data, chance = many(0.002)
    few_days = replace(data, decided_us=data.decided_us // 20)
    assert choose_threshold(few_days, chance, chance * 0, COSTS).entry_min_ratio is None
    choice = choose_threshold(data, chance, chance * 0, COSTS, trades_min=10_000)
    assert choice.entry_min_ratio is None


def test_nothing_entered_is_summed_up_as_nothing() -> None:
    """Without trades counts are zero and means unknown."""
    data = dataset(np.full(3, 0.01))
    found = summary(follow(data, np.zeros(3), np.zeros(3), 0.5, COSTS))
    assert found["trades"] == 0
    assert np.isnan(found["net_per_trade_bps"])
    assert found["net_sum_bps"] == 0
