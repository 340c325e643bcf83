"""Limits over real sockets and a real database: where they bind, what they write down, what a
restart keeps, and ten thousand signals that all want the same headroom."""

from __future__ import annotations

import asyncio
from collections import Counter
from decimal import Decimal
from pathlib import Path

from bot_trading.domain.account import TradingState
from bot_trading.domain.messages import OrderDenied
from bot_trading.domain.order import Order
from bot_trading.domain.signal import Direction
from bot_trading.engine.risk_book import measure_book
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.halt_sign import Sign, leave, read
from bot_trading.halt_watch import heeding_signs
from bot_trading.storage import schema
from tests.builders.limited_core import (
    a_signal,
    limited_core,
    limits_of,
    quiet_market,
    risk_events,
    settled,
)
from tests.builders.waiting import wait_until

STEP = Decimal("0.001")


async def test_a_quantity_limit_binds_at_its_step(database_url: str) -> None:
    """Just below what the order would hold it is refused, at it and above it passes."""
    await schema.upgrade(database_url)
    async with quiet_market() as simulator:
        async with limited_core(simulator, database_url, "measures") as engine:
            order = await engine.process_signal(a_signal("measures"), timeout_s=60)
            assert isinstance(order, Order)
            await settled(engine)
        for number, (change, passes) in enumerate([(-STEP, False), (Decimal(0), True)]):
            largest = {"BTCUSDT": order.quantity + change, "ETHUSDT": Decimal(1)}
            name = f"q-{number}"
            async with limited_core(
                simulator, database_url, name, order_quantity_max=largest
            ) as engine:
                answer = await engine.process_signal(a_signal(name), timeout_s=60)
                assert isinstance(answer, Order) is passes, answer
                await settled(engine)
        [row] = await risk_events(database_url, "order_quantity_max")
        measured, limit = Decimal(row["measured_value"]), Decimal(row["limit_value"])
        assert (measured, limit) == (order.quantity, order.quantity - STEP)
        assert row["action"] == "DENIED"


async def test_a_breaker_survives_a_restart_until_a_person_resumes(database_url: str) -> None:
    """The second execution trips it; a new process is still REDUCING, and a resume begins anew."""
    await schema.upgrade(database_url)
    async with quiet_market() as simulator:
        async with limited_core(simulator, database_url, executions_max=2) as engine:
            for number in range(2):
                assert isinstance(
                    await engine.process_signal(a_signal(f"e-{number}"), timeout_s=60), Order
                )
                await settled(engine)
            assert engine.loop.state.trading_state is TradingState.REDUCING
        async with limited_core(simulator, database_url, executions_max=2) as engine:
            state = engine.loop.state
            assert state.trading_state is TradingState.REDUCING
            assert len(state.risk.executions) == 2
            denied = await engine.process_signal(a_signal("e-2"), timeout_s=60)
            assert isinstance(denied, OrderDenied)
            engine.resume("ann", "looked at the fills")
            assert isinstance(await engine.process_signal(a_signal("e-3"), timeout_s=60), Order)
            await settled(engine)
        [row] = await risk_events(database_url, "executions_max")
        assert (row["action"], row["measured_value"]) == ("REDUCING", "2")


async def test_a_sign_halts_a_running_core_and_a_person_resumes(
    database_url: str, tmp_path: Path
) -> None:
    """Each sign is followed once; entries are denied in between."""
    await schema.upgrade(database_url)
    async with (
        quiet_market() as simulator,
        limited_core(simulator, database_url) as engine,
        heeding_signs(engine, tmp_path),
    ):
        state = engine.loop.state
        leave(tmp_path, Sign(resumes=False, who="ann", why="odd fills"))
        await wait_until(lambda: state.trading_state is TradingState.HALTED)
        denied = await engine.process_signal(a_signal("h-1"), timeout_s=60)
        assert isinstance(denied, OrderDenied)
        assert (denied.control, state.trading_state_why) == ("trading_state", "ann: odd fills")
        leave(tmp_path, Sign(resumes=True, who="bea", why="mended"))
        await wait_until(lambda: state.trading_state is TradingState.ACTIVE)
        await wait_until(lambda: read(tmp_path) is None)


async def test_ten_thousand_signals_at_once_keep_every_limit(database_url: str) -> None:
    """Everybody is answered, every denial is a row, and no exposure is above its limit."""
    await schema.upgrade(database_url)
    async with quiet_market() as simulator, limited_core(simulator, database_url) as engine:
        signals = [
            a_signal(f"s-{n}", Direction.LONG if n % 3 else Direction.SHORT) for n in range(10_000)
        ]
        calls = [engine.process_signal(each, timeout_s=120) for each in signals]
        results = await asyncio.gather(*calls)
        await settled(engine)
        state = engine.loop.state
        orders = [each for each in results if isinstance(each, Order)]
        denied = Counter(each.control for each in results if isinstance(each, OrderDenied))
        limits = state.config.limits
        assert len(orders) + denied.total() == 10_000
        assert 0 < len(orders) <= limits.identical_orders_max * 8
        worth = {leg.leg_id: leg.entry_value for leg in state.open_legs()}
        # On a busy machine the database may be late while the storm is answered: no entry leaves.
        assert worth or denied["store_up"]
        assert all(value <= limits.leg_exposure_max_usdt for value in worth.values())
        assert sum(worth.values()) <= limits.total_exposure_max_usdt
        measure_book(state)
        lost = state.risk.book.figures
        assert lost.value_at_risk <= limits.value_at_risk_max_usdt
        assert lost.expected_shortfall <= limits.expected_shortfall_max_usdt
        assert len({order.client_order_id for order in orders}) == len(orders)
        rows = 0
        async with asyncio.timeout(60):
            while rows < denied.total():
                await asyncio.sleep(0.2)
                rows = sum([len(await risk_events(database_url, control)) for control in denied])
        assert rows == denied.total()


# Everything that is measured in an amount, and the limits under which none of it denies.
FAR = dict.fromkeys(
    (
        *("order_notional_max_usdt", "leg_exposure_max_usdt", "position_exposure_max_usdt"),
        *("symbol_exposure_max_usdt", "exchange_exposure_max_usdt", "group_exposure_max_usdt"),
        *("estimated_group_exposure_max_usdt", "total_exposure_max_usdt", "leverage_max"),
        *("value_at_risk_max_usdt", "expected_shortfall_max_usdt", "spread_max_bps"),
    ),
    Decimal(10**9),
) | {"depth_min_ratio": Decimal("1e-9")}
TRIES = 10


async def _answered(
    engine: TradingEngine, name: str, limit: Decimal, counter: list[int]
) -> Decimal | None:
    """What the control measured when it denied under this limit; None when the order passed."""
    limits_of(engine, FAR | {name: limit})
    counter[0] += 1
    answer = await engine.process_signal(a_signal(f"probe-{counter[0]}"), timeout_s=60)
    if isinstance(answer, Order):
        await settled(engine)
        return None
    assert answer.control == name, answer
    return Decimal(answer.measured)


async def test_every_amount_binds_exactly_at_its_limit(database_url: str) -> None:
    """Measured over the wire, then sent again with a hair less than that as the limit, with
    exactly it, and with a hair more; where the market moved in between it is measured anew."""
    await schema.upgrade(database_url)
    counter, counts = [0], {"identical_orders_max": 1000, "executions_max": 1000}
    async with (
        quiet_market() as simulator,
        limited_core(simulator, database_url, "amounts", **counts) as one,
    ):
        for name in FAR:
            is_least = name == "depth_min_ratio"
            hair = Decimal("-1e-9") if is_least else Decimal("1e-9")
            none_passes = Decimal(10**9) if is_least else Decimal("1e-9")
            for factor, passes in ((1 - hair, False), (Decimal(1), True), (1 + hair, True)):
                measured: Decimal | None = None
                for _ in range(TRIES):
                    measured = await _answered(one, name, none_passes, counter)
                    assert measured is not None, name
                    again = await _answered(one, name, measured * factor, counter)
                    if (again is None) is passes and again in (None, measured):
                        break
                else:
                    raise AssertionError(f"{name} does not bind at {measured} times {factor}")
        rows = {name: len(await risk_events(database_url, name)) for name in FAR}
        assert min(rows.values()) >= 4, rows
