"""The limits that no amount of money measures, over real sockets and a real database: counts,
collars, margins, ages and losses, each just inside, at and just outside what was measured.

`equity_age_max_s` is not here: an exchange whose money nobody confirmed is not ready either, and
that denies before; its bound is held in `tests/unit/bot_trading/engine/test_risk_view.py`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from bot_trading.clock import now_us
from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import OrderDenied
from bot_trading.domain.order import Order, TimeInForce
from bot_trading.domain.reports import OrderAccepted
from bot_trading.domain.risk import FigureName
from bot_trading.domain.signal import Signal
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.market.prices import age_ms
from bot_trading.storage import schema
from tests.builders.intents import approved
from tests.builders.limited_core import (
    BTC,
    a_signal,
    limited_core,
    limits_of,
    quiet_market,
    risk_events,
    settled,
)
from tests.builders.running_simulator import Simulator
from tests.builders.waiting import wait_until

LEG = LegId(BTC.exchange, BTC.symbol, PositionIdx.LONG)
FAR, NEAR = Decimal(10**9), Decimal("1e-9")
HAIR = Decimal("1e-9")
TRIES = 20
# Of a maximum, what is above it is denied; of a minimum, what is below; of a loss, also what is at.
MAXIMA = (
    *("price_collar_bps", "price_move_collar_bps", "flash_crash_percent", "spread_max_bps"),
    *("messages_per_second_max", "identical_orders_max", "executions_max", "orphan_fills_max"),
    *("order_notional_max_usdt", "leg_exposure_max_usdt", "position_exposure_max_usdt"),
    *("symbol_exposure_max_usdt", "exchange_exposure_max_usdt", "group_exposure_max_usdt"),
    *("estimated_group_exposure_max_usdt", "total_exposure_max_usdt", "leverage_max"),
    *("value_at_risk_max_usdt", "expected_shortfall_max_usdt"),
    *("price_age_max_ms", "signal_age_max_s", "model_age_max_s", "equity_age_max_s"),
)
MINIMA = ("free_margin_min_ratio", "liquidation_distance_min_ratio", "funding_pause_s")
LOSSES = (
    *("daily_loss_max_usdt", "weekly_loss_max_usdt", "drawdown_max_ratio"),
    "consecutive_losses_max",
)
LOOSE = dict.fromkeys((*MAXIMA, *LOSSES), FAR) | dict.fromkeys((*MINIMA, "depth_min_ratio"), NEAR)
AGES = {"signal_age_max_s": "ts_event_us", "model_age_max_s": "model_seen_us"}
WHOLE = ("messages_per_second_max", "identical_orders_max", "funding_pause_s")


@dataclass(slots=True)
class Desk:
    """A running core and the orders that it is asked for."""

    engine: TradingEngine
    _names: itertools.count[int] = field(default_factory=itertools.count)

    def allow(self, **limits: Decimal | int) -> None:
        """These limits, and none else that denies."""
        limits_of(self.engine, LOOSE | limits)

    def signal(self, **changes: Any) -> Signal:
        return a_signal(f"probe-{next(self._names)}", **changes)

    async def ask(self, **changes: Any) -> OrderDenied | None:
        """The denial, or None once the order is filled."""
        answer = await self.engine.process_signal(self.signal(**changes), timeout_s=60)
        if isinstance(answer, Order):
            await settled(self.engine)
            return None
        return answer

    async def measured(self, name: str, limit: Decimal) -> Decimal | None:
        """What the control measured when it denied under this limit; None when it passed."""
        self.allow(**{name: limit})
        denied = await self.ask()
        if denied is None:
            return None
        assert denied.control == name, denied
        return Decimal(denied.measured)

    async def flatten(self) -> None:
        """Close the long leg, and wait until its life is over."""
        state, self_made = self.engine.loop.state, f"close-{next(self._names)}"
        self.allow()
        self.engine.close_position_partial(LEG, Decimal(1), self_made)
        await wait_until(lambda: state.leg(LEG).is_flat)
        await settled(self.engine)


@asynccontextmanager
async def _desk(url: str, account: str) -> AsyncIterator[tuple[Simulator, Desk]]:
    await schema.upgrade(url)
    # Wide windows, so that nothing that was counted is forgotten while a limit is tried.
    windows = {"identical_orders_window_ms": 600_000, "executions_window_s": 86_400}
    async with quiet_market() as simulator, limited_core(simulator, url, account, **windows) as one:
        desk = Desk(one)
        desk.allow()
        yield simulator, desk


async def _binds(desk: Desk, name: str, *, denies_at: bool = False) -> None:
    """Measured, then sent again under limits just inside, at and just outside of it; where the
    market moved in between, it is measured anew."""
    is_least, is_whole = name in MINIMA, name in WHOLE
    sign = -1 if is_least else 1
    nothing_passes = FAR if is_least else Decimal(0) if is_whole else NEAR
    for steps, passes in ((-1, False), (0, not denies_at), (1, True)):
        measured: Decimal | None = None
        for _ in range(TRIES):
            measured = await desk.measured(name, nothing_passes)
            if not measured:  # A price at its reference has no inside: the market has to move.
                await asyncio.sleep(0.2)
                continue
            step = Decimal(1) if is_whole else measured * HAIR
            again = await desk.measured(name, measured + sign * steps * step)
            if (again is None) is passes and again in (None, measured):
                break
        else:
            raise AssertionError(f"{name} does not bind at {measured}, {steps} steps beside it")


@pytest.mark.parametrize(
    "name",
    ["price_collar_bps", "price_move_collar_bps", "flash_crash_percent", *MINIMA],
)
async def test_what_prices_money_and_clocks_tell_binds_at_its_limit(
    database_url: str, name: str
) -> None:
    """Collars and margins bind to nine digits, the pause before funding to the second."""
    async with _desk(database_url, name) as (_, desk):
        await desk.ask()
        await _binds(desk, name)
        assert len(await risk_events(database_url, name)) >= 4


async def test_counts_of_messages_and_like_orders_bind_at_the_next_one(database_url: str) -> None:
    """What was sent counts with the order that asks."""
    async with _desk(database_url, "counts") as (_, desk):
        for name in ("messages_per_second_max", "identical_orders_max"):
            desk.allow()
            for _ in range(2):
                assert await desk.ask() is None
            await _binds(desk, name)


@pytest.mark.parametrize(("limit", "orders"), [(2, 2), (3, 3), (4, 3)])
async def test_three_entries_at_once_keep_the_count_of_executions(
    database_url: str, limit: int, orders: int
) -> None:
    """Entries in flight count before they are executed; with the last one the bot is REDUCING."""
    async with _desk(database_url, "executions") as (_, desk):
        desk.allow(executions_max=limit)
        calls = [desk.engine.process_signal(desk.signal(), timeout_s=60) for _ in range(3)]
        results = await asyncio.gather(*calls)
        await settled(desk.engine)
        passed = [each for each in results if isinstance(each, Order)]
        denied = Counter(each.control for each in results if isinstance(each, OrderDenied))
        assert (len(passed), denied.total()) == (orders, 3 - orders)
        assert set(denied) <= {"executions_max", "trading_state"}, denied
        tripped = desk.engine.loop.state.trading_state is TradingState.REDUCING
        assert tripped is (limit <= orders)


async def test_opinions_and_models_count_by_the_markets_clock(database_url: str) -> None:
    """An age in whole seconds below the limit and at it passes, a second more does not."""
    async with _desk(database_url, "ages") as (_, desk):
        for name, key in AGES.items():
            for seconds, passes in ((59, True), (60, True), (61, False)):
                desk.allow(**{name: 60})
                denied = await _ask_as_of(desk, key, seconds)
                assert (denied is None) is passes, (name, seconds, denied)
                if denied is not None:
                    assert (denied.control, denied.measured) == (name, "61")


async def _ask_as_of(desk: Desk, key: str, seconds: int) -> OrderDenied | None:
    """The answer to an opinion of which `key` is so old by the market's clock."""
    health = desk.engine.loop.state.health[BTC.exchange]
    for _ in range(TRIES):
        seen_us = health.market_us
        # A fifth of a second on, so that a price that comes in between ages nothing.
        then_us = seen_us - seconds * 1_000_000 - 200_000
        denied = await desk.ask(**{"ts_event_us": seen_us, key: then_us})
        if health.market_us - seen_us < 800_000:
            return denied
    raise AssertionError("the market's clock ran on each time while an opinion was judged")


async def test_a_price_is_old_by_our_own_clock(database_url: str) -> None:
    """Denied is what measured more than the limit; what was older than it before never passes."""
    limit_ms, seen = 50, Counter[bool]()
    async with _desk(database_url, "price") as (_, desk):
        state = desk.engine.loop.state
        for number in range(400):
            desk.allow(price_age_max_ms=limit_ms)
            quote = state.quotes[BTC]
            before_ms = age_ms(quote, now_us())
            denied = await desk.ask()
            if denied is not None:
                assert denied.control == "price_age_max_ms"
                assert int(denied.measured) > limit_ms
            else:
                assert before_ms <= limit_ms or state.quotes[BTC] is not quote
            seen[denied is None] += 1
            if len(seen) == 2 and number > 20:
                break
            await asyncio.sleep(0.013)
        assert len(seen) == 2, seen


async def test_losses_deny_at_their_limit_and_below_it(database_url: str) -> None:
    """At the limit is already lost: of a row of losses, of the day, of the week and of the peak."""
    async with _desk(database_url, "losses") as (_, desk):
        state = desk.engine.loop.state
        for _ in range(TRIES):
            assert await desk.ask() is None
            await desk.flatten()
            if state.risk.value(FigureName.CONSECUTIVE_LOSSES) == 2:
                break
        for limit, passes in ((1, False), (2, False), (3, True)):
            desk.allow(consecutive_losses_max=limit)
            denied = await desk.ask()
            assert (denied is None) is passes, denied
            if denied is not None:
                assert (denied.control, denied.measured) == ("consecutive_losses_max", "2")
        await desk.flatten()
        for name in ("daily_loss_max_usdt", "weekly_loss_max_usdt"):
            await _binds(desk, name, denies_at=True)
            await desk.flatten()
            assert {row["action"] for row in await risk_events(database_url, name)} >= {"DENIED"}
        lost = state.risk.drawdown_ratio()
        assert lost > 0
        desk.allow(drawdown_max_ratio=lost * (1 + HAIR))
        assert await desk.ask() is None
        await desk.flatten()
        desk.allow(drawdown_max_ratio=state.risk.drawdown_ratio())
        denied = await desk.ask()
        # The balance of the close may come later than its fill: then the rule halted before.
        assert denied is not None
        assert denied.control in ("drawdown_max_ratio", "trading_state")
        rows = await risk_events(database_url, "drawdown_max_ratio")
        assert rows, "the breach is no row"


async def test_a_strangers_fills_halt_above_their_number(database_url: str) -> None:
    """The one that is allowed is booked and counted; the next one stops all new risk."""
    async with _desk(database_url, "orphans") as (simulator, desk):
        state, client = desk.engine.loop.state, simulator.client()
        desk.allow(orphan_fills_max=1)
        await client.open()
        try:
            await _trade_by_hand(client, "first")
            await wait_until(lambda: len(state.risk.orphans) == 1)
            assert await desk.ask() is None
            await _trade_by_hand(client, "second")
            await wait_until(lambda: state.trading_state is TradingState.HALTED)
        finally:
            await client.close()
        denied = await desk.ask()
        assert denied is not None
        assert denied.control == "trading_state"
        [row] = await risk_events(database_url, "orphan_fills_max")
        assert (row["action"], row["measured_value"], row["limit_value"]) == ("HALTED", "2", "1")


async def _trade_by_hand(client: BybitClient, name: str) -> None:
    order = approved(name, time_in_force=TimeInForce.IOC, quantity=Decimal("0.001"))
    assert isinstance(await client.place_order(order), OrderAccepted)
