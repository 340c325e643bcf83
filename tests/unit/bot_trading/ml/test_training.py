"""A whole training on a small market: two runs give one model, the report every answer."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from bot_trading.domain.signal import BarrierSpec
from bot_trading.features.catalog import SCHEMA_HASH, feature_names
from bot_trading.ml.dataset import Dataset, build, data_sha256
from bot_trading.ml.folds import Span
from bot_trading.ml.measures import brier
from bot_trading.ml.refusals import CandlesRefused, ModelError
from bot_trading.ml.registry import Gates, check_gates
from bot_trading.ml.saving import save
from bot_trading.ml.served import load_model
from bot_trading.ml.training import SIDES, Plan, Sealed, Trained, split, train
from tests.builders.small_market import DAYS, market
from tests.builders.small_models import START_US

DAY_US = 86_400_000_000
BARRIER = BarrierSpec(stop_ratio=Decimal("0.006"), target_ratio=Decimal("0.009"), horizon_s=900)


def span(first_day: int, last_day: int) -> Span:
    return Span(from_us=START_US + first_day * DAY_US, until_us=START_US + last_day * DAY_US)


PLAN = Plan(
    learn=span(0, 20),
    calibrate=span(20, 26),
    validate=span(26, 33),
    test=span(33, DAYS),
    barrier=BARRIER,
    trials=1,
    folds=2,
)


@functools.cache
def trained() -> Trained:
    return train(market(), PLAN)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The folder of the trained model."""
    manifest = save(
        trained(),
        PLAN,
        tmp_path,
        command="python -m bot_trading.ml train",
        data_sha256=data_sha256(market()),
        quality={},
        interval_s=300,
    )
    return tmp_path / manifest.version


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_two_runs_give_one_model() -> None:
    """The same candles, plan and seed give the same trees, calibration and parameters."""
    again = train(market(), PLAN)
    for side in SIDES:
        first, second = trained().boosters[side], again.boosters[side]
        assert first.model_to_string() == second.model_to_string()
    assert again.calibrations == trained().calibrations
    assert again.params == trained().params
    assert again.report == trained().report or "nan" in json.dumps(again.report).lower()


def test_the_report_answers_a_sceptic() -> None:
    """Folds, symbols, curve, skill with interval, net results beside others and leaks are there."""
    report = trained().report
    assert len(report["folds"]) == PLAN.folds
    for side in SIDES:
        test = report["test"][side]
        assert sum(part[0] for part in test["curve"]) == report["rows"]["test"]
        assert test["brier_skill"]["low"] <= test["brier_skill"]["value"]
        assert 0 <= test["ece"] < 0.2
        assert 0.5 < test["auc"] < 0.9
    assert set(report["test"]["per_symbol"]) == {"BTCUSDT", "ETHUSDT"}
    rules = {"model", "doing_nothing", "always_long", "moving_average", "held_long", "shuffled"}
    assert rules <= set(report["pnl"])
    assert {leak["name"] for leak in report["leaks"]} == {
        "future cut-off",
        "shuffled labels",
        "time stamps",
        "overlap of parts",
        "feature too good to be true",
    }
    by_chance = {
        "shuffled labels",
        "feature too good to be true",
    }  # Few rows, clear storms.
    failed = {leak["name"] for leak in report["leaks"] if not leak["passed"]}
    assert failed <= by_chance
    assert report["test"]["looked_at"] == 1
    assert report["uniqueness"]["learn_mean"] == 1.0
    assert report["importance"]["features"][0]["share"] > 0


def test_storms_are_learned_and_directions_are_not() -> None:
    """Wins hang on volatility, which can be known; the direction of a random walk cannot."""
    report = trained().report
    for side in SIDES:
        assert report["test"][side]["brier_skill"]["value"] > 0
    direction = report["test"]["direction_auc"]
    assert abs(direction["value"] - 0.5) < 0.05
    assert report["pnl"]["model"]["net_per_trade_bps"] < 10


def test_a_saved_model_serves_what_was_trained(saved: Path) -> None:
    """Loaded from disk it gives the probabilities of LightGBM and calibration in memory."""
    model = load_model(saved, SCHEMA_HASH, len(feature_names()))
    rows = trained().parts.validate.rows[:500]
    found = model.probabilities(rows)
    for at, side in enumerate(SIDES):
        raw = np.asarray(trained().boosters[side].predict(rows, raw_score=True))
        expected = trained().calibrations[side].probabilities(raw)
        np.testing.assert_allclose(found[:, at], expected, rtol=1e-12)
        assert brier(trained().parts.validate.side(side).win[:500], found[:, at]) < 0.3
    manifest = model.manifest
    assert manifest.parts["learn"].until_us == PLAN.learn.until_us
    assert "test" not in manifest.parts
    assert manifest.symbols == ("BTCUSDT", "ETHUSDT")


def test_the_report_is_a_page_and_feeds_the_gates(saved: Path) -> None:
    """The page needs nothing from elsewhere; the gates find every number they ask for."""
    page = (saved / "report.html").read_text("utf-8")
    assert page.count("<svg") == 3
    assert "://" not in page.replace("http://www.w3.org", "")
    assert "<script" not in page
    wide = Gates(ece_max=1, brier_skill_low_min=-9, shuffled_auc_distance_max=0.2)
    gates = [gate for gate in check_gates(saved, wide) if not gate.name.startswith("leak")]
    assert len(gates) == 7
    assert all(gate.passed for gate in gates)


def test_the_test_part_opens_once() -> None:
    """A second look is refused, so nothing can be chosen by it."""
    sealed = Sealed(trained().parts.learn)
    assert len(sealed.open()) > 0
    with pytest.raises(ModelError, match="opened before"):
        sealed.open()
    with pytest.raises(ModelError, match="opened before"):
        trained().parts.test.open()


def small() -> Dataset:
    return build(market(), BARRIER, PLAN.costs, thin=(12, 1 << 62))


def test_parts_do_not_touch() -> None:
    """Between the last label of a part and the next part lies a day."""
    parts = split(small(), PLAN)
    assert parts.overlap.passed
    assert parts.learn.label_end_us.max() + DAY_US <= parts.calibrate.decided_us.min()
    assert parts.calibrate.label_end_us.max() + DAY_US <= parts.validate.decided_us.min()


def test_a_part_without_rows_is_refused() -> None:
    """Dates that leave a part nearly empty are refused by the part's name."""
    late = datetime(2030, 1, 1, tzinfo=UTC).timestamp()
    test = Span(from_us=int(late * 1e6), until_us=int(late * 1e6) + DAY_US)
    with pytest.raises(CandlesRefused, match="the part to test has 0 rows"):
        split(small(), replace(PLAN, test=test))


def test_shared_sides_answer_alike() -> None:
    """One forest and one calibration: a row gets one probability for both sides."""
    shared = train(market(), replace(PLAN, shared_sides=True))
    first, second = (shared.boosters[side] for side in SIDES)
    assert first.model_to_string() == second.model_to_string()
    assert shared.calibrations["long"] == shared.calibrations["short"]
    assert shared.report["test"]["direction_auc"]["value"] == 0.5
    assert shared.report["test"]["long"]["auc"] > 0.5
