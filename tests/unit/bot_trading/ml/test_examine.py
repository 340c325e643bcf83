"""An examination gives the measures of the very rows that it was given."""

from __future__ import annotations

import numpy as np
import pytest

from bot_trading.ml.dataset import Dataset
from bot_trading.ml.examine import earnings, probabilities_report, side_report
from bot_trading.ml.labels import Costs
from bot_trading.ml.measures import auc, brier
from tests.builders.small_rows import dataset

STEP_US = 30 * 86_400_000_000 // 3_000


def asked() -> tuple[Dataset, dict[str, np.ndarray]]:
    """Thirty days of two symbols, the direction of which is known a little."""
    rng = np.random.default_rng(1)
    gross = rng.normal(0, 0.004, 6_000)
    data = dataset(gross, symbols=2, step_us=STEP_US)
    lean = gross / 0.004 + rng.normal(0, 2, 6_000)
    chance = 1 / (1 + np.exp(-lean))
    return data, {"long": chance, "short": 1 - chance}


def test_sides_and_symbols_are_measured_apart() -> None:
    """Per side and per symbol the measures are those of its own rows."""
    data, ratios = asked()
    report = probabilities_report(data, ratios)
    assert report["long"]["auc"] == auc(data.long.win, ratios["long"])
    mine = data.symbol_at == 1
    of_symbol = report["per_symbol"]["S1"]["short"]
    assert of_symbol["brier"] == brier(data.short.win[mine], ratios["short"][mine])
    assert of_symbol["rows"] == 3_000
    direction = report["direction_auc"]
    assert 0.5 < direction["daily_low"] < direction["value"] < direction["daily_high"] + 0.1


def test_a_report_of_a_side_is_whole() -> None:
    """Rows, base rate, curve and skill with its ends are there."""
    data, ratios = asked()
    report = side_report(data.long.win, ratios["long"], data.decided_us)
    assert report["base_rate"] == pytest.approx(float(data.long.win.mean()))
    assert sum(part[0] for part in report["curve"]) == report["rows"] == 6_000
    assert report["brier_skill"]["low"] < report["brier_skill"]["high"]


def test_earnings_stand_beside_other_rules() -> None:
    """A model that knows the direction earns more than always long, which earns more than nothing
    costs; doing nothing earns nothing."""
    data, ratios = asked()
    report = earnings(data, ratios, 0.5, Costs())
    assert report["model"]["net_per_trade_bps"] > report["always_long"]["net_per_trade_bps"]
    assert report["doing_nothing"]["net_sum_bps"] == 0
    assert report["always_long"]["longs"] == 1.0
    assert report["held_long"]["symbols"] == 2
    assert report["threshold"] == 0.5


def test_each_horizon_is_ranked() -> None:
    """A lean that knows the return ranks it at every horizon; no lean at all says nothing."""
    data, ratios = asked()
    found = probabilities_report(data, ratios)["horizons"]
    assert [entry["horizon_s"] for entry in found] == [900, 3_600, 14_400, 43_200]
    assert all(entry["direction_auc"] > 0.6 and entry["rank_correlation"] > 0.2 for entry in found)
    even = np.full(len(data), 0.5)
    blind = probabilities_report(data, {"long": even, "short": even})["horizons"]
    assert {entry["direction_auc"] for entry in blind} == {0.5}
    assert {entry["rank_correlation"] for entry in blind} == {None}


def test_rows_without_a_known_return_are_left_out() -> None:
    """The end of the data has no return over twelve hours, and no row is guessed."""
    data, ratios = asked()
    data.returns[-100:, 3] = np.nan
    found = probabilities_report(data, ratios)["horizons"]
    assert [entry["rows"] for entry in found] == [6_000, 6_000, 6_000, 5_900]
