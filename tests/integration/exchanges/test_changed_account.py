"""What changes behind the bot's back, over real sockets: the account's mode, and the clock.

The simulator runs in this process, so that a test may do what a person does on an exchange's page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.messages import OrderDenied
from bot_trading.domain.order import Order, OrderStatus
from bot_trading.domain.signal import Direction, Signal
from bot_trading.engine import trading_engine
from bot_trading.engine.bootstrap import build_engine
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.settings import Settings
from bot_trading.storage.memory import Memory, MemoryStore
from exchange_simulator import server as simulator_server
from exchange_simulator.clock import machine_us
from exchange_simulator.forced import force_hedge, force_one_way
from exchange_simulator.model import Account
from exchange_simulator.server import Server
from exchange_simulator.state import Exchange
from exchange_simulator.world import WorldOptions, build_world
from readiness.chaos.places import default_settings, make_keys
from tests.builders.waiting import wait_until

each_exchange = pytest.mark.parametrize("name", ["bybit", "binance", "okx"])
SKEW_US = 40_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _World:
    """A started bot, the exchange that it trades on, and its account there."""

    engine: TradingEngine
    exchange: Exchange
    account: Account
    memory: Memory

    def said(self, text: str) -> list[str]:
        """The operator's lines that hold a text."""
        return [line for _, _, line in self.engine.lines if text in line]


@asynccontextmanager
async def _trading(name: str) -> AsyncIterator[_World]:
    """The whole bot over real sockets, reconciled and with a price of both symbols."""
    options = WorldOptions(markets=(name,), seed=7, history_days=1, points=60)
    protocol: Any = build_world(options, machine_us())[name]
    server = Server(protocol, host="127.0.0.1", port=0)
    await server.start()
    memory = Memory()
    engine = build_engine(
        _settings(name, server.port), "changed", MemoryStore(memory), make_keys(options)
    )
    try:
        await engine.start()
        try:
            state = engine.loop.state
            await wait_until(lambda: not state.exchange_health(name).not_ready)
            symbols = [InstrumentId(name, symbol) for symbol in ("BTCUSDT", "ETHUSDT")]
            await wait_until(lambda: all(_has_price(engine, each) for each in symbols))
            account = protocol.exchange.accounts[options.api_key]
            yield _World(engine=engine, exchange=protocol.exchange, account=account, memory=memory)
        finally:
            await engine.stop()
    finally:
        await server.stop()


def _settings(name: str, port: int) -> Settings:
    """The bot's own configuration, whose rule is too slow to trade by itself here."""
    data = default_settings((name,)).model_dump()
    data["strategy"]["momentum"].update(threshold_bps=5000)
    data["trading"].update(symbols=["BTCUSDT", "ETHUSDT"])
    places = data["exchanges"][name]
    for key, value in places.items():
        if isinstance(value, str) and f"://{name}" in value:
            places[key] = value.replace(f"://{name}", f"://127.0.0.1:{port}")
    return Settings.model_validate(data)


def _has_price(engine: TradingEngine, instrument_id: InstrumentId) -> bool:
    quote = engine.loop.state.quotes.get(instrument_id)
    return quote is not None and None not in (quote.last, quote.mark, quote.bid, quote.ask)


_numbers = count(1)


async def _signal(world: _World, symbol: str) -> Order | OrderDenied:
    """Follow an opinion that has just been formed."""
    name = world.exchange.name
    market_us = world.engine.loop.state.exchange_health(name).market_us
    signal = Signal(
        signal_id=f"s-{next(_numbers)}",
        instrument_id=InstrumentId(name, symbol),
        direction=Direction.LONG,
        confidence_ratio=Decimal("0.6"),
        horizon_s=3_600,
        source="test",
        ts_event_us=market_us,
    )
    return await world.engine.process_signal(signal)


async def _opens(world: _World, symbol: str) -> None:
    """An entry that fills, and whose stop rests."""
    order = await _signal(world, symbol)
    assert isinstance(order, Order), order
    state, leg_id = world.engine.loop.state, order.leg_id
    await wait_until(lambda: not state.leg(leg_id).is_flat)
    await wait_until(lambda: leg_id in state.resting and state.resting[leg_id].stop_loss)


@each_exchange
async def test_a_switch_to_one_way_mode_stops_entries_and_is_told(name: str) -> None:
    """The first entry that is refused for it lets the whole account be read; from then on no entry
    leaves, the operator is told once, and after the switch back trading goes on by itself."""
    async with _trading(name) as world:
        engine, state = world.engine, world.engine.loop.state
        if name == "bybit":  # Its mode is each symbol's own: an open leg may be there meanwhile.
            await _opens(world, "BTCUSDT")
            stop = world.exchange.leg(world.account, "BTCUSDT", 1).stop_loss
            assert stop is not None
        switched = force_one_way(world.exchange, world.account)
        assert "ETHUSDT" in switched
        state.exchange_health(name).snapshot_us = 1  # Read as a whole long ago.

        refused = await _signal(world, "ETHUSDT")
        assert isinstance(refused, Order)
        assert refused.status is OrderStatus.REJECTED
        await wait_until(lambda: "one-way mode" in state.exchange_health(name).not_ready)
        denied = await _signal(world, "ETHUSDT")
        assert isinstance(denied, OrderDenied)
        assert "one-way mode" in str(denied)
        assert len(world.said(f"{name}: the account is in one-way mode: switch it")) == 1
        [rows] = world.memory.accounts.values()
        noted = [row for row in rows.risk_events.values() if row.control == "position_mode"]
        assert [row.action for row in noted] == ["ENTRIES_STOPPED"]
        if name == "bybit":
            held = world.exchange.leg(world.account, "BTCUSDT", 1)
            assert held.qty > 0
            assert held.stop_loss is not None

        assert force_hedge(world.exchange, world.account, switched)
        await wait_until(lambda: not state.exchange_health(name).not_ready)
        assert isinstance(await _signal(world, "ETHUSDT"), Order)
        assert engine.status().trading_state is TradingState.ACTIVE


@each_exchange
async def test_a_clock_beyond_the_window_halts_with_what_was_measured(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exchange's time runs away from ours: the first refused request measures the difference,
    trading halts with it in words, and what is open stays protected."""
    monkeypatch.setattr(trading_engine, "_CLOCK_LOOK_S", 0.05)
    async with _trading(name) as world:
        state = world.engine.loop.state
        await _opens(world, "BTCUSDT")
        monkeypatch.setattr(simulator_server, "machine_us", lambda: machine_us() + SKEW_US)
        await _signal(world, "ETHUSDT")
        await wait_until(lambda: state.trading_state is TradingState.HALTED)
        assert "behind" in state.trading_state_why
        measured_ms = next(int(word) for word in state.trading_state_why.split() if word.isdigit())
        assert abs(measured_ms - SKEW_US // 1000) < 1_000
        assert "synchronise it (NTP), then resume" in state.trading_state_why
        assert isinstance(await _signal(world, "ETHUSDT"), OrderDenied)
        [leg] = [each for each in world.account.held() if each.symbol == "BTCUSDT"]
        stops = [each.trigger_price for each in world.account.open_orders.values()]
        assert leg.stop_loss is not None or stops
