"""v2's risk check, storage and engine against a real exchange and a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import psycopg
import pytest

from legacy_v2.orders import Fill, Order
from legacy_v2.risk import RiskError, RiskLimits, RiskManager
from legacy_v2.signals import Signal, SignalGenerator
from legacy_v2.sltp import Stop
from legacy_v2.storage import Holding, Storage
from legacy_v2.trading_engine import EngineSettings, TradingEngine
from tests.builders.aged_bot import v2_exchange
from tests.builders.simulator_process import simulator_process

NOW = datetime(2026, 1, 5, 12)  # noqa: DTZ001 (v2's times are naive)
ONE_WAY = ("--position-mode", "one-way", "--seed", "3", "--speed", "1")


def _order(quantity: float, price: float, symbol: str = "BTCUSDT") -> Order:
    return Order(symbol=symbol, side="Buy", quantity=quantity, price=price, reason="entry")


def _refusal(manager: RiskManager, order: Order) -> str | None:
    try:
        manager.check(order)
    except RiskError as error:
        return str(error)
    return None


async def _with_exchange(work: Callable[[dict[str, Any]], None]) -> None:
    """Run blocking work against a simulator, beside the event loop."""
    async with simulator_process(*ONE_WAY) as announced:
        await asyncio.to_thread(work, announced)


async def test_each_limit_refuses_just_above_itself() -> None:
    """At a limit an entry passes, above it the limit is named; nothing else is said."""

    def work(announced: dict[str, Any]) -> None:
        exchange = v2_exchange(announced)
        manager = RiskManager(exchange, RiskLimits())
        manager.begin_day(date(2026, 1, 5))
        assert _refusal(manager, _order(0.02, 100_000.0)) is None
        assert "order_notional_max: 2000.01" in (_refusal(manager, _order(1, 2_000.01)) or "")
        assert (_refusal(manager, _order(0.0, 60_000.0)) or "").startswith("quantity: ")
        price = exchange.get_price("BTCUSDT")
        held = exchange.place_order(_order(round(3_000 / price, 3), price))
        assert held.error is None
        assert _refusal(manager, _order(0.009, 100_000.0)) is None
        assert "position_notional_max" in (_refusal(manager, _order(0.012, 100_000.0)) or "")
        tight = RiskManager(exchange, RiskLimits(total_notional_max=3_500.0))
        tight.begin_day(date(2026, 1, 5))
        other = _order(0.2, 3_000.0, "ETHUSDT")
        assert "total_notional_max" in (_refusal(tight, other) or "")
        assert _refusal(manager, other) is None

    await _with_exchange(work)


async def test_a_lost_day_ends_entries() -> None:
    """The loss since the day began counts against the daily limit; a new day begins anew."""

    def work(announced: dict[str, Any]) -> None:
        exchange = v2_exchange(announced)
        manager = RiskManager(exchange, RiskLimits(daily_loss_max=0.5))
        manager.begin_day(date(2026, 1, 5))
        price = exchange.get_price("BTCUSDT")
        exchange.place_order(_order(0.02, price))  # The fee alone is more than the limit.
        exchange.place_order(
            Order(symbol="BTCUSDT", side="Sell", quantity=0.02, price=price, reason="timeout")
        )
        assert "daily_loss_max" in (_refusal(manager, _order(0.001, price)) or "")
        manager.begin_day(date(2026, 1, 5))
        assert "daily_loss_max" in (_refusal(manager, _order(0.001, price)) or "")
        manager.begin_day(date(2026, 1, 6))
        assert _refusal(manager, _order(0.001, price)) is None

    await _with_exchange(work)


async def test_process_signal_orders_checks_and_sends(database_url: str) -> None:
    """A signal becomes a market order of the usual worth, or a RiskError and no order."""

    def work(announced: dict[str, Any]) -> None:
        exchange, storage = v2_exchange(announced), Storage(database_url)
        engine = TradingEngine(
            exchange,
            RiskManager(exchange, RiskLimits(order_notional_max=1_500.0)),
            SignalGenerator(5, 12, 3, 60),
            storage,
            EngineSettings(symbols=("BTCUSDT",)),
        )
        engine.start()
        price = exchange.get_price("BTCUSDT")
        order = engine.process_signal(_signal(price))
        assert (order.side, order.error) == ("Sell", None)
        assert 950 < order.quantity * price <= 1_000
        assert exchange.get_positions()["BTCUSDT"].size == order.quantity
        engine.risk_manager = RiskManager(exchange, RiskLimits(order_notional_max=900.0))
        with pytest.raises(RiskError, match="order_notional_max"):
            engine.process_signal(_signal(price))
        assert exchange.get_positions()["BTCUSDT"].size == order.quantity
        storage.close()

    await _with_exchange(work)


def _signal(price: float, direction: str = "short") -> Signal:
    return Signal(
        symbol="BTCUSDT",
        direction=direction,
        strength=0.5,
        price=price,
        candle_at=NOW,
        received_at=NOW,
        indicators={"momentum_bps": -20.0},
    )


def _count(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row and row[0]


async def test_what_is_stored_is_read_back(database_url: str) -> None:
    """An open position comes back with its newest stop; a closed one does not."""

    def work() -> None:
        storage = Storage(database_url)
        stop = Stop(side="Buy", stop_loss=59.5, take_profit=61.0, opened_at=NOW)
        fill = Fill(
            trade_id="t", quantity=2.0, price=60.0, fee=0.066, is_maker=False, executed_at=NOW
        )
        order_id = storage.save_order(_order(2.0, 60.0), [fill], [0.0])
        storage.save_signal(_signal(60.0, "long"), order_id, NOW)
        position_id = storage.open_position("BTCUSDT", 2.0, 60.0, stop)
        storage.save_stop("BTCUSDT", order_id, 2.0, stop)
        stop.stop_loss = 59.9
        storage.save_stop("BTCUSDT", order_id, 1.0, stop)
        held = Holding(position_id=position_id, size=3.0, entry_price=60.1, stop=stop)
        storage.change_position(held)
        storage.close()
        again = Storage(database_url)
        assert again.load_holdings() == {"BTCUSDT": held}
        held.realized_pnl = 1.5
        again.close_position("BTCUSDT", held, 61.0, order_id, "take_profit", NOW)
        again.save_balance(1.0, 2.0, NOW)
        again.save_config({"a": "1"})
        again.save_config({"a": "2"})
        assert again.load_holdings() == {}
        again.close()

    await asyncio.to_thread(work)
    assert _count(database_url, "SELECT realized_pnl FROM positions WHERE is_open = 0") == 1.5
    assert _count(database_url, "SELECT count(*) FROM sltp_orders WHERE closed_at IS NULL") == 0
    assert _count(database_url, "SELECT order_id FROM trades") == 1
    assert _count(database_url, "SELECT value FROM config") == "2"


async def test_an_order_and_its_trades_are_written_together(database_url: str) -> None:
    """A fill that cannot be written leaves no order behind."""

    def work() -> None:
        storage = Storage(database_url)
        long_id = Fill(
            trade_id="x" * 65, quantity=1.0, price=1.0, fee=0.0, is_maker=False, executed_at=NOW
        )
        with pytest.raises(psycopg.errors.StringDataRightTruncation):
            storage.save_order(_order(1.0, 1.0), [long_id], [0.0])
        storage.close()

    await asyncio.to_thread(work)
    assert _count(database_url, "SELECT count(*) FROM orders") == 0
