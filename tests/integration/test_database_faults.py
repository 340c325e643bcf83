"""The engine over a real PostgreSQL that is cut, made read-only, or whose backends are ended.

No row is lost or doubled, no new risk is taken while it is down, and exits go on from memory.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal

import asyncpg

from bot_trading.domain.account import TradingState
from bot_trading.domain.messages import OrderDenied
from bot_trading.domain.order import Order
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.portfolio.audit import fills_differences
from bot_trading.storage import schema
from bot_trading.storage.database import Database
from tests.builders.core import LONG, a_core_config, a_signal
from tests.builders.model_client import ModelClient
from tests.builders.model_exchange import ModelExchange
from tests.builders.waiting import wait_until

_END_BACKENDS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@contextlib.asynccontextmanager
async def _trading(url: str) -> AsyncIterator[tuple[TradingEngine, ModelExchange]]:
    model = ModelExchange()
    engine = TradingEngine(
        a_core_config(),
        Database(url),
        {"bybit": ModelClient(model)},
        leverage=Decimal(3),
        clock=lambda: model.now_us,
    )
    await engine.start()
    try:
        state = engine.loop.state
        await wait_until(lambda: state.quotes and not state.exchange_health("bybit").not_ready)
        yield engine, model
    finally:
        assert await engine.stop()


async def _stored_agrees(url: str, model: ModelExchange) -> None:
    """Every execution of the exchange is stored once, and the legs are their sum."""
    database = Database(url)
    await database.open("test")
    fills = await database.fetch_fills()
    legs = {leg.leg_id: leg for leg in await database.fetch_legs()}
    await database.close()
    assert sorted(fill.trade_id for fill in fills) == sorted(fill.trade_id for fill in model.fills)
    assert list(fills_differences(fills, legs)) == []
    assert legs[LONG].quantity == model.legs[LONG].quantity


async def test_backends_that_are_ended_cost_nothing(database_url: str) -> None:
    """While signals come: each is one order, and every row is there."""
    await schema.upgrade(database_url)
    killer = await asyncpg.connect(database_url)
    async with _trading(database_url) as (engine, model):
        orders = []
        for number in range(6):
            await killer.execute(_END_BACKENDS)
            result = await engine.process_signal(a_signal(f"s-{number}"), timeout_s=20)
            orders += [result] if isinstance(result, Order) else []
            state = engine.loop.state
            await wait_until(lambda state=state: state.is_store_up and not state.orders)  # type: ignore[misc]
        assert await engine.audit() == ()
        sent = [order for order in orders if order.filled_qty or not order.status.is_terminal]
        assert len({order.client_order_id for order in sent}) == len(sent)
    await killer.close()
    await _stored_agrees(database_url, model)


async def test_a_server_that_turns_read_only_stops_entries_and_no_exit(database_url: str) -> None:
    """The leg is closed from memory, and written down once writes are taken again.

    Pain 5: the order filled, the database did not take the row, and the trade is gone.
    """
    await schema.upgrade(database_url)
    operator = await asyncpg.connect(database_url)
    name = await operator.fetchval("SELECT quote_ident(current_database())")
    async with _trading(database_url) as (engine, model):
        assert isinstance(await engine.process_signal(a_signal()), Order)
        state = engine.loop.state
        await wait_until(lambda: not state.orders and model.legs[LONG].quantity)
        await operator.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await operator.execute(_END_BACKENDS)
        refused = await engine.process_signal(a_signal("s-2"), timeout_s=20)
        assert "takes no writes" in (
            str(refused) if isinstance(refused, OrderDenied) else refused.reason
        )
        held = model.legs[LONG].quantity
        engine.close_position_partial(LONG, Decimal("0.5"), "r-1")
        await wait_until(lambda: model.legs[LONG].quantity < held)
        assert not state.is_store_up
        assert model.legs[LONG].stop is not None
        await operator.execute("SET default_transaction_read_only = off")
        await operator.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await operator.execute(_END_BACKENDS)
        await wait_until(lambda: state.is_store_up)
        assert isinstance(await engine.process_signal(a_signal("s-3"), timeout_s=20), Order)
    await operator.close()
    await _stored_agrees(database_url, model)


async def test_rows_wait_while_another_core_holds_the_lock(database_url: str) -> None:
    """A second core takes the lock of one whose backend was ended: trading halts, the exit leaves,
    and what it filled is written once the lock is ours again."""
    await schema.upgrade(database_url)
    killer = await asyncpg.connect(database_url)
    async with _trading(database_url) as (engine, model):
        assert isinstance(await engine.process_signal(a_signal()), Order)
        state, held = engine.loop.state, model.legs[LONG].quantity
        await wait_until(lambda: not state.orders and state.leg(LONG).quantity == held)
        await wait_until(lambda: not engine.loop.is_busy)
        await killer.execute(_END_BACKENDS)
        second = Database(database_url)
        await second.open("test")
        engine.close_position_partial(LONG, Decimal("0.5"), "r-1")
        await wait_until(lambda: state.leg(LONG).quantity < held)
        await wait_until(lambda: state.trading_state is TradingState.HALTED)
        assert "another core" in state.trading_state_why
        assert not state.is_store_up
        before = await second.fetch_fills()
        assert len(before) < len(model.fills)
        await second.close()
        await wait_until(lambda: state.is_store_up)
        assert state.trading_state is TradingState.HALTED
    await killer.close()
    await _stored_agrees(database_url, model)
