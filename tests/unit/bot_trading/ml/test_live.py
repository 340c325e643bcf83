"""Predictions at a close are those of the rows that training derives from whole files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import Candle
from bot_trading.domain.prediction import PredictionSource
from bot_trading.features.kernel import batch_features
from bot_trading.ml.dataset import Sources, table_of
from bot_trading.ml.live import LivePredictor, SettledRate
from bot_trading.ml.manager import MLManager, default_serving
from tests.builders.small_market import market
from tests.builders.small_models import write_full_model

HISTORY = 3 * 288 + 17
NEXT = 320


def candles_of(sources: Sources, symbol: str, count: int) -> list[Candle]:
    series = sources.candles[symbol]
    return [
        Candle(
            instrument_id=InstrumentId("bybit", symbol),
            interval_s=300,
            open_us=int(series.ts_open_us[at]),
            **{
                part: Decimal(repr(float(getattr(series, part)[at])))
                for part in ("open", "high", "low", "close", "volume")
            },
        )
        for at in range(count)
    ]


def rates_of(sources: Sources, symbol: str) -> list[SettledRate]:
    funding = sources.funding[symbol]
    return [
        SettledRate(ts_settled_us=int(ts), rate=float(rate))
        for ts, rate in zip(funding.ts_us, funding.rate, strict=True)
    ]


@pytest.fixture
def tape() -> Mapping[str, list[Candle]]:
    """A little more than four days of BTC and ETH."""
    return {name: candles_of(market(), name, HISTORY + NEXT) for name in ("BTCUSDT", "ETHUSDT")}


def predictor(tmp_path: Path, tape: Mapping[str, Sequence[Candle]]) -> LivePredictor:
    """One that has seen the history, over a model that is current."""
    write_full_model(tmp_path)
    live = LivePredictor(MLManager(tmp_path, default_serving()), ["ETHUSDT"])
    history = {name: candles[:HISTORY] for name, candles in tape.items()}
    assert live.load(history, {name: rates_of(market(), name) for name in tape}) == {}
    return live


def test_every_close_predicts_as_the_batch_does(
    tmp_path: Path, tape: Mapping[str, list[Candle]]
) -> None:
    """Over more than a day, hours and days included, each prediction equals that of the batch.

    Pain 12: features in production are not those that the model learned from.
    """
    live = predictor(tmp_path, tape)
    model = MLManager(tmp_path, default_serving()).get_model()
    assert model is not None
    table = table_of(market(), "ETHUSDT")
    batch = model.probabilities(batch_features(table.cut(0, HISTORY + NEXT)))
    for at in range(HISTORY, HISTORY + NEXT):
        btc, eth = tape["BTCUSDT"][at], tape["ETHUSDT"][at]
        first, second = (btc, eth) if at % 2 else (eth, btc)
        assert live.on_candle(first, first.close_us) == {}
        found = live.on_candle(second, second.close_us)["ETHUSDT"]
        row = int(np.searchsorted(table.ts_open_us, eth.open_us))
        assert found.source is PredictionSource.CURRENT
        assert found.ts_event_us == eth.close_us
        assert float(found.win_long_ratio) == pytest.approx(batch[row, 0], abs=1e-6)
        assert float(found.win_short_ratio) == pytest.approx(batch[row, 1], abs=1e-6)
    assert live.problems == {}


def test_a_repeated_candle_changes_nothing(
    tmp_path: Path, tape: Mapping[str, list[Candle]]
) -> None:
    """The same close told twice predicts once, and the next one goes on as if nothing was."""
    live = predictor(tmp_path, tape)
    for at in (HISTORY, HISTORY + 1):
        live.on_candle(tape["BTCUSDT"][at], tape["BTCUSDT"][at].close_us)
        assert live.on_candle(tape["ETHUSDT"][at], tape["ETHUSDT"][at].close_us)
        assert live.on_candle(tape["ETHUSDT"][at], tape["ETHUSDT"][at].close_us) == {}
        assert live.on_candle(tape["BTCUSDT"][at], tape["BTCUSDT"][at].close_us) == {}
    assert live.problems == {}


def test_a_gap_makes_a_symbol_cold_and_a_load_warms_it(
    tmp_path: Path, tape: Mapping[str, list[Candle]]
) -> None:
    """After a missing candle the fallback answers with the reason known; history starts it anew."""
    live = predictor(tmp_path, tape)
    btc, eth = tape["BTCUSDT"], tape["ETHUSDT"]
    live.on_candle(btc[HISTORY], btc[HISTORY].close_us)
    at = HISTORY + 1
    live.on_candle(btc[at], btc[at].close_us)
    found = live.on_candle(eth[at], eth[at].close_us)["ETHUSDT"]
    assert found.source is PredictionSource.RULE
    assert "does not follow" in live.problems["ETHUSDT"]
    history = {name: candles[: at + 1] for name, candles in tape.items()}
    assert live.load(history, {name: rates_of(market(), name) for name in tape}) == {}
    live.on_candle(btc[at + 1], btc[at + 1].close_us)
    found = live.on_candle(eth[at + 1], eth[at + 1].close_us)["ETHUSDT"]
    assert found.source is PredictionSource.CURRENT


def test_funding_enters_from_its_settlement_on(
    tmp_path: Path, tape: Mapping[str, list[Candle]]
) -> None:
    """A rate told between two closes changes the rows after it as the batch has it."""
    live = predictor(tmp_path, tape)
    live.on_funding("ETHUSDT", SettledRate(ts_settled_us=1, rate=0.03))
    quiet = predictor(tmp_path / "other", tape)
    for one in (live, quiet):
        one.on_candle(tape["BTCUSDT"][HISTORY], tape["BTCUSDT"][HISTORY].close_us)
    eth = tape["ETHUSDT"][HISTORY]
    assert live.on_candle(eth, eth.close_us).keys() == quiet.on_candle(eth, eth.close_us).keys()
    assert live.problems == quiet.problems == {}


def test_without_history_the_fallback_answers(
    tmp_path: Path, tape: Mapping[str, list[Candle]]
) -> None:
    """Too short a history, or none, is told in words, and a close is still answered."""
    write_full_model(tmp_path)
    live = LivePredictor(MLManager(tmp_path, default_serving()), ["ETHUSDT", "SOLUSDT"])
    assert set(live.problems) == {"BTCUSDT", "ETHUSDT", "SOLUSDT"}
    short = {name: candles[:400] for name, candles in tape.items()}
    problems = live.load(short, {name: rates_of(market(), name) for name in tape})
    assert "200 are needed" in problems["ETHUSDT"]
    assert "SOLUSDT" in problems
    live.on_candle(tape["BTCUSDT"][400], tape["BTCUSDT"][400].close_us)
    eth = tape["ETHUSDT"][400]
    assert live.on_candle(eth, eth.close_us)["ETHUSDT"].source is PredictionSource.RULE
    foreign = replace(eth, instrument_id=InstrumentId("bybit", "SOLUSDT"))
    assert live.on_candle(foreign, eth.close_us)["SOLUSDT"].source is PredictionSource.RULE
