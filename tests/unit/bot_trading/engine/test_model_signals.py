"""What bootstrap puts together of features, model and threshold: history in, signals out."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import Candle, FundingRate
from bot_trading.engine.model_signals import ModelSignals
from bot_trading.errors import ExchangeUnavailable
from bot_trading.ml.candles import CandleSeries
from bot_trading.ml.manager import MLManager, default_serving
from bot_trading.strategy.ml_signal import SignalSpec
from tests.builders.model_client import ModelClient
from tests.builders.model_exchange import ModelExchange
from tests.builders.small_market import market
from tests.builders.small_models import write_full_model

SYMBOLS = ("BTCUSDT", "ETHUSDT")
HISTORY = 3 * 288
SETTLED_EVERY_US = 8 * 3_600_000_000


class TapeClient(ModelClient):
    """A client whose exchange remembers a market; after `HISTORY` candles comes the future."""

    def __init__(self, *, knows: tuple[str, ...] = SYMBOLS) -> None:
        super().__init__(ModelExchange())
        self._knows = knows
        self.settled = HISTORY // 96 + 1

    async def get_candles(
        self,
        instrument_id: InstrumentId,
        interval_s: int,
        limit: int,
        until_us: int | None = None,
    ) -> tuple[Candle, ...]:
        """The last ones before the future."""
        if instrument_id.symbol not in self._knows:
            raise ExchangeUnavailable("no candles today")
        return tuple(candle_at(instrument_id.symbol, at) for at in range(HISTORY - limit, HISTORY))

    async def get_funding_rates(
        self, instrument_id: InstrumentId, limit: int, until_us: int | None = None
    ) -> tuple[FundingRate, ...]:
        """One every eight hours, until now."""
        first_us = candle_at(instrument_id.symbol, 0).open_us
        return tuple(
            FundingRate(
                instrument_id=instrument_id,
                rate=Decimal("0.0001"),
                ts_settled_us=first_us + number * SETTLED_EVERY_US,
            )
            for number in range(self.settled)
        )


def candle_at(symbol: str, at: int) -> Candle:
    """A candle of the market, as an exchange would tell it."""
    series: CandleSeries = market(5).candles[symbol]
    parts = {
        name: Decimal(str(getattr(series, name)[at]))
        for name in ("open", "high", "low", "close", "volume")
    }
    return Candle(
        instrument_id=InstrumentId("bybit", symbol),
        interval_s=300,
        open_us=int(series.ts_open_us[at]),
        **parts,
    )


def source_over(folder: Path) -> ModelSignals:
    """A source over the models of a folder."""
    spec = SignalSpec(exchange="bybit", cool_down_s=0)
    return ModelSignals(MLManager(folder, default_serving()), spec, SYMBOLS, 300)


async def test_history_makes_an_opinion_possible(tmp_path: Path) -> None:
    """Before it every symbol says what is missing; after it a close of all leads to a signal."""
    write_full_model(tmp_path, entry_min_ratio="0.01")
    source = source_over(tmp_path)
    assert set(source.problems) == set(SYMBOLS)
    await source.load(TapeClient())
    assert dict(source.problems) == {}
    assert source.on_candle(candle_at("BTCUSDT", HISTORY)) is None
    signal = source.on_candle(candle_at("ETHUSDT", HISTORY))
    assert signal is not None
    assert signal.instrument_id.exchange == "bybit"
    assert signal.source == "ml-current:full"
    assert signal.ts_event_us == candle_at("BTCUSDT", HISTORY).close_us


async def test_a_missed_candle_asks_for_history_again(tmp_path: Path) -> None:
    """A gap leaves a symbol without features until it is loaded anew."""
    write_full_model(tmp_path, entry_min_ratio="0.01")
    source = source_over(tmp_path)
    await source.load(TapeClient())
    for symbol in SYMBOLS:
        source.on_candle(candle_at(symbol, HISTORY + 2))
    assert set(source.problems) == set(SYMBOLS)
    await source.load(TapeClient())
    assert dict(source.problems) == {}


async def test_a_further_settlement_asks_for_history_again(tmp_path: Path) -> None:
    """Rows must hold the rate that was settled last, as those that were learned from do."""
    write_full_model(tmp_path, entry_min_ratio="0.01")
    source, client = source_over(tmp_path), TapeClient()
    await source.load(client)
    for at in range(HISTORY, HISTORY + 96):
        assert dict(source.problems) == {}
        for symbol in SYMBOLS:
            source.on_candle(candle_at(symbol, at))
    assert "funding" in source.problems["BTCUSDT"]
    client.settled += 1
    await source.load(client)
    assert dict(source.problems) == {}


async def test_an_exchange_that_does_not_answer_is_raised(tmp_path: Path) -> None:
    """The caller decides when to try again."""
    source = source_over(tmp_path)
    with pytest.raises(ExchangeUnavailable):
        await source.load(TapeClient(knows=("BTCUSDT",)))
    assert set(source.problems) == set(SYMBOLS)


def test_without_a_model_it_is_silent_and_says_why(tmp_path: Path) -> None:
    """The fallback answers, and is not followed."""
    source = source_over(tmp_path)
    assert [source.on_candle(candle_at(symbol, HISTORY)) for symbol in SYMBOLS] == [None, None]
    assert any("fallback" in reason for reason in source.silences)
