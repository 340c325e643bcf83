"""Candles on the wire become features, a prediction, a signal, risk's answer and a real order.

Real sockets to a simulator that replays candles, a real PostgreSQL, and a model of the whole
catalogue that learned from noise: what is tried is the way, not the wisdom.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot_trading.domain.order import Order, OrderPurpose
from bot_trading.engine.bootstrap import build_database, build_engine
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.exchanges.bybit.config import Credentials
from bot_trading.storage import schema
from tests.builders.sessions import settings_for
from tests.builders.simulator_process import simulator_process
from tests.builders.small_market import write_market
from tests.builders.small_models import write_full_model
from tests.builders.waiting import wait_until

SYMBOLS = ("BTCUSDT", "ETHUSDT")
HISTORY = 3 * 288


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_close_becomes_an_order(database_url: str, tmp_path: Path) -> None:
    """A followed prediction ends as a stored signal and a stored, filled, protected order."""
    await schema.upgrade(database_url)
    models = tmp_path / "models"
    write_full_model(models, entry_min_ratio="0.01")
    tape = write_market(tmp_path, days=8)
    options = ("--replay", str(tape), "--symbols", ",".join(SYMBOLS), "--speed", "60")
    sizes = ("--points", "4", "--warmup-candles", str(HISTORY + 1))
    async with simulator_process(*options, *sizes) as announced:
        # The model's own barriers: its confidence speaks of them.
        barrier = {"stop_loss_percent": 0.6, "take_profit_percent": 0.9, "horizon_s": 900}
        settings = settings_for(
            announced,
            trading={"candle_interval_s": 300},
            strategy={
                "source": "model",
                "model": {"folder": models, "cool_down_s": 0, "fallback_min_ratio": None},
            },
            enhanced_sltp=barrier,
        )
        place = announced["bybit"]
        keys = Credentials(api_key=place["api_key"], api_secret=place["api_secret"])
        engine = build_engine(settings, "ml", build_database(database_url), {"bybit": keys})
        await engine.start()
        try:
            await wait_until(lambda: _entries(engine), timeout_s=300)
            entry = _entries(engine)[0]
        finally:
            await engine.stop()
    await read_back(database_url, entry)


def _entries(engine: TradingEngine) -> list[Order]:
    """The entries that were filled."""
    state = engine.loop.state
    orders = [*state.orders.values(), *state.finished.values()]
    return [each for each in orders if each.purpose is OrderPurpose.ENTRY and each.filled_qty]


async def read_back(url: str, order: Order) -> None:
    """The signal, with its calibrated confidence and its source, and the order are rows."""
    database = build_database(url)
    await database.open("ml")
    try:
        rows = await database.fetch(
            "SELECT source, confidence_ratio, direction FROM signals WHERE signal_id = $1",
            order.signal_id,
        )
        assert rows[0]["source"] == "ml-current:full"
        assert 0 < rows[0]["confidence_ratio"] < 1
        assert order.leg_id.is_long == (rows[0]["direction"] == "LONG")
        assert order.stop_loss is not None
        stored = [saved.order for saved in await database.fetch_orders()]
        assert order.client_order_id in {one.client_order_id for one in stored}
        assert await database.fetch_fills()
    finally:
        await database.close()
