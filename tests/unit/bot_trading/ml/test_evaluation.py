"""Questions are answered over exactly what was asked, and assumptions are said aloud."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from bot_trading.ml.evaluation import Question, evaluate, load_current, read_sources
from bot_trading.ml.folds import Span
from bot_trading.ml.refusals import ArtifactRefused, CandlesRefused
from tests.builders.small_market import write_market
from tests.builders.small_models import START_US, write_full_model

DAY_US = 86_400_000_000


@pytest.fixture(scope="module")
def candles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of twenty days of candles with funding beside it."""
    return write_market(tmp_path_factory.mktemp("market"), days=20)


def question(candles: Path, first_day: int = 4, last_day: int = 18) -> Question:
    span = Span(from_us=START_US + first_day * DAY_US, until_us=START_US + last_day * DAY_US)
    return Question(candles=candles, span=span)


def test_every_row_of_the_range_is_scored(candles: Path, tmp_path: Path) -> None:
    """Between the dates each candle whose outcome is known by the end counts, once a symbol."""
    write_full_model(tmp_path, entry_min_ratio="0.55")
    result = evaluate(load_current(tmp_path), question(candles))
    assert 2 * (14 * 288 - 2) <= result["rows"] <= 2 * 14 * 288
    assert result["long"]["rows"] == result["rows"]
    assert set(result["per_symbol"]) == {"BTCUSDT", "ETHUSDT"}
    assert result["quality"]["BTCUSDT"]["is_clean"]
    assert result["pnl"]["follows_signals"] is True
    assert result["pnl"]["threshold"] == 0.55
    assert "0.55" in result["verdict"]
    assert result["drifted_features_share"] is None


def test_noise_has_no_skill(candles: Path, tmp_path: Path) -> None:
    """A model that learned from noise ranks nothing and has no skill above zero."""
    write_full_model(tmp_path)
    result = evaluate(load_current(tmp_path), question(candles))
    for side in ("long", "short"):
        assert result[side]["brier_skill"]["low"] < 0
        assert 0.3 < result[side]["auc"] < 0.7
        assert math.isfinite(result[side]["ece"])
    assert result["pnl"]["entry_min_ratio"] is None


def test_what_training_saw_is_counted(candles: Path, tmp_path: Path) -> None:
    """Rows inside the parts of the manifest are told, so that nobody takes them for fresh ones."""
    made = write_full_model(tmp_path)
    until_us = made.parts["learn"].until_us
    result = evaluate(load_current(tmp_path), question(candles, 2))
    assert until_us < START_US + 2 * DAY_US
    assert result["seen_in_training"] == 0
    seen = replace(question(candles), span=Span(from_us=START_US, until_us=START_US + 9 * DAY_US))
    assert evaluate(load_current(tmp_path), seen)["seen_in_training"] == 0


def test_funding_is_known_or_said_to_be_assumed(candles: Path, tmp_path: Path) -> None:
    """The folder beside is found; rates that end early do not count as known."""
    sources, notes = read_sources(question(candles), 300)
    assert notes == "settled rates of 2 symbols"
    assert set(sources.funding) == {"BTCUSDT", "ETHUSDT"}
    short = tmp_path / "funding"
    short.mkdir()
    for name in ("BTCUSDT", "ETHUSDT"):
        rates = pl.read_parquet(candles.parent / "funding" / f"{name}.parquet")
        rates.head(20 if name == "ETHUSDT" else 999).write_parquet(short / f"{name}.parquet")
    asked = replace(question(candles), funding=short)
    sources, notes = read_sources(asked, 300)
    assert set(sources.funding) == {"BTCUSDT"}
    assert "ASSUMED 0.0001 per 8 h, not measured, for ETHUSDT" in notes


def test_shorter_candles_are_joined(candles: Path) -> None:
    """Candles of five minutes answer a question of fifteen; symbols may be chosen."""
    sources, _ = read_sources(replace(question(candles), symbols=("ETHUSDT",)), 900)
    assert {series.interval_s for series in sources.candles.values()} == {900}
    assert set(sources.candles) == {"BTCUSDT", "ETHUSDT"}
    with pytest.raises(CandlesRefused, match="no candles of SOLUSDT"):
        read_sources(replace(question(candles), symbols=("SOLUSDT",)), 300)


def test_a_range_without_rows_and_a_missing_model_are_refused(
    candles: Path, tmp_path: Path
) -> None:
    """Nothing is scored over nothing, and nobody else's model is taken instead."""
    write_full_model(tmp_path)
    with pytest.raises(CandlesRefused, match="at least 100"):
        evaluate(load_current(tmp_path), question(candles, 400, 401))
    with pytest.raises(ArtifactRefused, match="no current model"):
        load_current(tmp_path / "empty")
    with pytest.raises(ArtifactRefused, match="cannot be read"):
        load_current(tmp_path, "another")
