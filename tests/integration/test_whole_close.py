"""A person closes a leg on Binance while each cancel is answered late, over real sockets.

What rests holds its part of the leg until it is gone, so that the close is refused at first.
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path

from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.order import Order, OrderPurpose
from bot_trading.dry_run import point_at
from bot_trading.engine.bootstrap import build_database, build_engine, make_credentials
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.settings import Settings, load
from bot_trading.storage import schema
from tests.builders.core import a_signal
from tests.builders.simulator_process import simulator_process
from tests.builders.waiting import wait_until

LONG = LegId("binance", "BTCUSDT", PositionIdx.LONG)
LATE_CANCELS = "{fault: F4, variant: late, where: DELETE /fapi/v1/order, lag_ms: 1500}"


def _is_ready(engine: TradingEngine) -> bool:
    quote = engine.loop.state.quotes.get(LONG.instrument_id)
    return bool(quote and quote.last and quote.bid and not engine.status().not_ready["binance"])


def _rests(engine: TradingEngine) -> bool:
    """True once the levels of the leg's ladder rest, and its stop."""
    state = engine.loop.state
    live = [each for each in state.live_orders(LONG) if each.purpose is OrderPurpose.TARGET]
    resting = state.resting.get(LONG)
    has_stop = resting is not None and resting.stop_loss is not None
    return has_stop and bool(live) and all(each.exchange_order_id for each in live)


async def test_a_close_that_a_late_cancel_refuses_is_made_all_the_same(
    database_url: str, tmp_path: Path
) -> None:
    """Refused with -2022 while the ladder still rests, it is asked for again once that is gone."""
    await schema.upgrade(database_url)
    plan = tmp_path / "faults.yaml"
    plan.write_text(f"faults: [{LATE_CANCELS}]")
    data = load().model_dump()
    data["trading"]["exchanges"] = ("binance",)
    data["strategy"]["momentum"]["threshold_bps"] = 1_000_000
    options = ("--market", "binance", "--speed", "5", "--seed", "7", "--limits", "off")
    async with simulator_process(*options, "--faults", str(plan)) as announced:
        place = announced["binance"]
        settings = point_at(Settings.model_validate(data), announced)
        keys = {"binance": make_credentials("binance", place["api_key"], place["api_secret"], "")}
        engine = build_engine(settings, "close", build_database(database_url), keys)
        await engine.start()
        try:
            await wait_until(lambda: _is_ready(engine))
            signal = dataclasses.replace(
                a_signal("enter"),
                instrument_id=InstrumentId("binance", "BTCUSDT"),
                ts_event_us=engine.status().market_us,
            )
            assert isinstance(await engine.process_signal(signal), Order)
            await wait_until(lambda: _rests(engine))
            engine.close_position_partial(LONG, Decimal(1), "all")
            await wait_until(lambda: engine.loop.state.leg(LONG).is_flat, timeout_s=20)
            assert any("EXIT" in text and "-2022" in text for _, _, text in engine.lines)
            assert await engine.audit() == ()
        finally:
            assert await engine.stop()
