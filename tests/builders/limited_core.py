"""A core on a market of its own that trades on signals from outside alone, under chosen limits."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import asyncpg

from bot_trading.clock import now_us
from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.signal import Direction, Signal
from bot_trading.engine.bootstrap import build_database, build_engine
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.exchanges.bybit.config import Credentials
from tests.builders.running_simulator import Simulator, running_simulator
from tests.builders.sessions import settings_for
from tests.builders.waiting import wait_until

__all__ = ["BTC", "a_signal", "limited_core", "limits_of", "quiet_market", "risk_events", "settled"]

BTC = InstrumentId("bybit", "BTCUSDT")
QUIET = {"lookback_candles": 500, "threshold_bps": 5000, "cool_down_candles": 500}


@asynccontextmanager
async def quiet_market() -> AsyncIterator[Simulator]:
    options = ("--symbols", "BTCUSDT,ETHUSDT", "--position-mode", "hedge", "--speed", "1")
    async with running_simulator(*options) as simulator:
        yield simulator


@asynccontextmanager
async def limited_core(
    simulator: Simulator, url: str, account: str = "limits", **risk: Any
) -> AsyncIterator[TradingEngine]:
    """Ready for new risk; `risk` by the names of its section."""
    place = simulator.config()
    names = ("rest_url", "ws_public_url", "ws_private_url", "ws_trade_url")
    announced = {"bybit": {name: getattr(place, name) for name in names}}
    momentum = {**QUIET, "confidence_ratio": "0.5"}
    # Whoever the account belonged to before, its legs are ours: one simulator serves many starts.
    settings = settings_for(
        announced,
        strategy={"momentum": momentum},
        trading={"foreign_orders": "adopt"},
        risk=risk,
    )
    keys = Credentials(api_key=simulator.api_key, api_secret=simulator.api_secret)
    engine = build_engine(settings, account, build_database(url), {"bybit": keys})
    await engine.start()
    try:
        await wait_until(lambda: _is_ready(engine))
        yield engine
    finally:
        await engine.stop()


def _is_ready(engine: TradingEngine) -> bool:
    """Reconciled, and prices of the traded symbol are there."""
    state = engine.loop.state
    is_calm = state.health.get("bybit") is not None and not state.health["bybit"].not_ready
    return is_calm and BTC in state.quotes and BTC in state.instruments


def limits_of(engine: TradingEngine, changes: Mapping[str, Decimal | int]) -> None:
    """Let a running core judge by other limits from its next turn on, also by such as a
    configuration would refuse."""
    state = engine.loop.state
    limits = copy.copy(state.config.limits)
    for name, value in changes.items():
        object.__setattr__(limits, name, value)
    state.config = replace(state.config, limits=limits)


def a_signal(name: str, direction: Direction = Direction.LONG, **changes: Any) -> Signal:
    plain = Signal(
        signal_id=name,
        instrument_id=BTC,
        direction=direction,
        confidence_ratio=Decimal("0.6"),
        horizon_s=900,
        source="test",
        ts_event_us=now_us(),
    )
    return replace(plain, **changes)


async def risk_events(url: str, control: str) -> list[asyncpg.Record]:
    """What a control wrote down, oldest first."""
    connection = await asyncpg.connect(url)
    try:
        query = "SELECT * FROM risk_events WHERE control = $1 ORDER BY recorded_at"
        found: list[asyncpg.Record] = await connection.fetch(query, control)
        return found
    finally:
        await connection.close()


async def settled(engine: TradingEngine) -> None:
    """Every send is answered and every fill is in its leg."""
    state = engine.loop.state
    await wait_until(lambda: not state.unsettled and not state.reservations.total)
