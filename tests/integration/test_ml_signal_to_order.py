"""Candles on the wire become features, a prediction, a signal, risk's answer and a real order.

Real sockets to a simulator that replays candles, a real PostgreSQL, and a model of the whole
catalogue that learned from noise: what is tried is the way, not the wisdom.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import Candle
from bot_trading.domain.messages import Event, OrderDenied
from bot_trading.domain.order import Order, OrderPurpose
from bot_trading.domain.prediction import Prediction, PredictionSource
from bot_trading.domain.reports import CandleClosed
from bot_trading.domain.signal import Direction
from bot_trading.engine.bootstrap import build_database, build_engine
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.bybit.config import BybitConfig, Credentials
from bot_trading.ml.live import LivePredictor, SettledRate
from bot_trading.ml.manager import MLManager, default_serving
from bot_trading.storage import schema
from bot_trading.strategy.ml_signal import SignalGenerator, SignalSpec
from tests.builders.sessions import settings_for
from tests.builders.simulator_process import simulator_process
from tests.builders.small_market import write_market
from tests.builders.small_models import write_full_model

SYMBOLS = ("BTCUSDT", "ETHUSDT")
HISTORY = 3 * 288


async def next_predictions(
    live: LivePredictor, closed: asyncio.Queue[Candle]
) -> dict[str, Prediction]:
    """What the next close that completes an instant predicts."""
    while True:
        candle = await closed.get()
        found = live.on_candle(candle, candle.close_us)
        if found:
            return found


async def history_of(client: BybitClient, live: LivePredictor) -> None:
    """Load what the exchange tells of the past; a settled rate is given, not asked."""
    candles = {}
    for symbol in live.symbols:
        instrument_id = InstrumentId("bybit", symbol)
        candles[symbol] = await client.get_candles(instrument_id, 300, HISTORY)
    first_us = candles["BTCUSDT"][0].open_us
    rates = [SettledRate(ts_settled_us=first_us, rate=0.0001)]
    assert live.load(candles, dict.fromkeys(SYMBOLS, rates)) == {}


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_close_becomes_an_order(database_url: str, tmp_path: Path) -> None:
    """A followed prediction ends as a stored signal and a stored, filled, protected order."""
    await schema.upgrade(database_url)
    write_full_model(tmp_path / "models", entry_min_ratio="0.01")
    live = LivePredictor(MLManager(tmp_path / "models", default_serving()), SYMBOLS)
    generator = SignalGenerator(SignalSpec(exchange="bybit", cool_down_s=0))
    tape = write_market(tmp_path, days=8)
    options = ("--replay", str(tape), "--symbols", ",".join(SYMBOLS), "--speed", "60")
    sizes = ("--points", "4", "--warmup-candles", str(HISTORY + 1))
    async with simulator_process(*options, *sizes) as announced:
        silent = {"lookback_candles": 5, "threshold_bps": 99_999, "cool_down_candles": 3}
        settings = settings_for(
            announced,
            trading={"candle_interval_s": 300},
            strategy={"momentum": silent | {"confidence_ratio": 0.5}},
        )
        place = announced["bybit"]
        keys = Credentials(api_key=place["api_key"], api_secret=place["api_secret"])
        names = ("rest_url", "ws_public_url", "ws_private_url", "ws_trade_url")
        watcher = BybitClient(BybitConfig(**{name: place[name] for name in names}), keys)
        engine = build_engine(settings, "ml", build_database(database_url), {"bybit": keys})
        closed: asyncio.Queue[Candle] = asyncio.Queue()

        def publish(event: Event) -> None:
            if isinstance(event, CandleClosed):
                closed.put_nowait(event.candle)

        await engine.start()
        await watcher.open()
        streams = asyncio.create_task(watcher.run_streams(SYMBOLS, 300, publish))
        try:
            await closed.get()
            await history_of(watcher, live)
            outcome: Order | OrderDenied | None = None
            while not isinstance(outcome, Order):
                predictions = await next_predictions(live, closed)
                found = predictions["BTCUSDT"]
                assert found.source is PredictionSource.CURRENT, (found.note, live.problems)
                signal = generator.create_from_prediction(predictions)
                assert signal is not None
                outcome = await engine.process_signal(signal)
        finally:
            streams.cancel()
            await asyncio.gather(streams, return_exceptions=True)
            await watcher.close()
            await engine.stop()
    assert outcome.purpose is OrderPurpose.ENTRY
    assert outcome.leg_id.is_long == (signal.direction is Direction.LONG)
    assert outcome.leg_id.symbol == signal.instrument_id.symbol
    await read_back(database_url, outcome, signal.signal_id)


async def read_back(url: str, order: Order, signal_id: str) -> None:
    """The signal, with its calibrated confidence and its source, and the order are rows."""
    database = build_database(url)
    await database.open("ml")
    try:
        rows = await database.fetch(
            "SELECT source, confidence_ratio FROM signals WHERE signal_id = $1", signal_id
        )
        assert rows[0]["source"] == "ml-current:full"
        assert 0 < rows[0]["confidence_ratio"] < 1
        stored = [saved.order for saved in await database.fetch_orders()]
        assert order.client_order_id in {one.client_order_id for one in stored}
        assert await database.fetch_fills()
    finally:
        await database.close()
