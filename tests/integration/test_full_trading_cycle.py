"""The whole bot over real sockets and a real PostgreSQL, on every exchange and from one to another.

One simulator process speaks for all exchanges; a TCP proxy before one of them is cut and mended.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.messages import OrderDenied
from bot_trading.domain.order import Order, OrderPurpose, OrderStatus
from bot_trading.domain.signal import Direction, Signal
from bot_trading.domain.status import LegStatus
from bot_trading.dry_run import point_at
from bot_trading.engine.bootstrap import (
    AnyCredentials,
    build_database,
    build_engine,
    build_exchanges,
    make_credentials,
)
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.exchange_settings import EXCHANGES
from bot_trading.exchanges.manager import ExchangeManager
from bot_trading.settings import Settings, load
from bot_trading.storage import schema
from tests.builders.core import a_signal
from tests.builders.intents import approved
from tests.builders.scripted_market import write_market
from tests.builders.simulator_process import simulator_process
from tests.builders.tcp_proxy import TcpProxy
from tests.builders.waiting import wait_until

_OPTIONS = ("--market", ",".join(EXCHANGES), "--speed", "5", "--seed", "7", "--limits", "off")
_URLS = ("rest_url", "ws_public_url", "ws_private_url", "ws_trade_url")
_names = itertools.count()


def _settings(announced: dict[str, Any], *exchanges: str) -> Settings:
    """The default configuration on these exchanges, without opinions of its own."""
    data = load().model_dump()
    data["trading"]["exchanges"] = exchanges
    data["strategy"]["momentum"]["threshold_bps"] = 1_000_000
    data["failover"] = {"leave_after_s": 1, "return_after_s": 1}
    return point_at(Settings.model_validate(data), announced)


def _keys(announced: dict[str, Any], settings: Settings) -> dict[str, AnyCredentials]:
    return {
        name: make_credentials(
            name,
            announced[name]["api_key"],
            announced[name]["api_secret"],
            announced[name].get("passphrase", ""),
        )
        for name in settings.trading.exchanges
    }


@contextlib.asynccontextmanager
async def _trading(
    announced: dict[str, Any], settings: Settings, url: str, account: str, *awaited: str
) -> AsyncIterator[TradingEngine]:
    """An engine that trades, with the `awaited` exchanges, or all, ready and priced."""
    keys = _keys(announced, settings)
    engine = build_engine(settings, account, build_database(url), keys)
    await engine.start()
    try:
        await wait_until(lambda: _is_ready(engine, *(awaited or settings.trading.exchanges)))
        yield engine
    finally:
        assert await engine.stop()


def _is_ready(engine: TradingEngine, *exchanges: str) -> bool:
    state, not_ready = engine.loop.state, engine.status().not_ready
    there = [each for each in state.config.instrument_ids if each.exchange in exchanges]
    priced = all((quote := state.quotes.get(each)) and quote.last and quote.bid for each in there)
    return priced and not any(not_ready[name] for name in exchanges)


async def _enter(
    engine: TradingEngine, direction: Direction, exchange: str, symbol: str = "BTCUSDT"
) -> Order:
    """Give a signal of an instrument; the order that it became."""
    order = await engine.process_signal(_signal(engine, direction, exchange, symbol))
    assert isinstance(order, Order), str(order)
    return order


def _signal(engine: TradingEngine, direction: Direction, exchange: str, symbol: str) -> Signal:
    """An opinion of now, as none was before."""
    return dataclasses.replace(
        a_signal(f"cycle-{next(_names)}", direction),
        instrument_id=InstrumentId(exchange, symbol),
        ts_event_us=engine.status().market_us,
    )


def _held(engine: TradingEngine) -> dict[LegId, LegStatus]:
    return {
        LegId(leg.exchange, leg.symbol, PositionIdx(leg.position_idx)): leg
        for leg in engine.status().legs
        if leg.quantity
    }


def _protected(engine: TradingEngine, *legs: LegId) -> Callable[[], bool]:
    """True once exactly these legs are held, each with a stop that the exchange told of."""

    def are() -> bool:
        held = _held(engine)
        return set(held) == set(legs) and all(leg.stop_loss for leg in held.values())

    return are


def _laddered(engine: TradingEngine, *legs: LegId) -> Callable[[], bool]:
    """True once the exchange took orders that close part of each of these legs at a profit."""

    def are() -> bool:
        orders = engine.loop.state.orders.values()
        targets = [each for each in orders if each.purpose is OrderPurpose.TARGET]
        taken = {each.leg_id for each in targets if each.exchange_order_id is not None}
        return taken >= set(legs)

    return are


async def _close_all(engine: TradingEngine) -> None:
    for leg_id in _held(engine):
        engine.close_position_partial(leg_id, Decimal(1), f"close-{next(_names)}")
    await wait_until(lambda: not _held(engine))


def _leg(exchange: str, idx: PositionIdx) -> LegId:
    return LegId(exchange, "BTCUSDT", idx)


@pytest.mark.parametrize("exchange", EXCHANGES)
async def test_a_full_trading_cycle(exchange: str, database_url: str) -> None:
    """Both legs are opened, protected, closed in part, kept over a restart, and closed to the last
    decimal; what a person opens by hand then is protected and halts the bot.

    Pain 3: after a restart two legs have become one, or none.
    """
    await schema.upgrade(database_url)
    long, short = _leg(exchange, PositionIdx.LONG), _leg(exchange, PositionIdx.SHORT)
    async with simulator_process(*_OPTIONS) as announced:
        settings = _settings(announced, exchange)
        async with _trading(announced, settings, database_url, "cycle") as engine:
            await _enter(engine, Direction.LONG, exchange)
            await _enter(engine, Direction.SHORT, exchange)
            await wait_until(_protected(engine, long, short))
            await wait_until(_laddered(engine, long, short))
            whole = _held(engine)[long].quantity
            engine.close_position_partial(long, Decimal("0.5"), "half")
            await wait_until(lambda: _held(engine)[long].quantity < whole)
            assert _held(engine)[short].quantity > 0
            before = {leg_id: leg.quantity for leg_id, leg in _held(engine).items()}
        async with _trading(announced, settings, database_url, "cycle") as engine:
            assert {leg_id: leg.quantity for leg_id, leg in _held(engine).items()} == before
            await wait_until(_protected(engine, long, short))
            await _close_all(engine)
            assert await engine.audit() == ()
            assert engine.status().trading_state is TradingState.ACTIVE
            async with _a_person(announced, settings) as exchanges:
                await exchanges.place_order(approved("byhand1", leg_id=long))
                await wait_until(_protected(engine, long))
                assert engine.status().trading_state is TradingState.HALTED
                assert "did not make" in engine.status().trading_state_why
                await _close_all(engine)
            assert await engine.audit() == ()


async def test_the_orders_that_rest_follow_their_leg(database_url: str) -> None:
    """The levels of a ladder close their share of all that was entered: after a further entry their
    orders are amended where they lie, and never taken away meanwhile."""
    await schema.upgrade(database_url)
    long = _leg("bybit", PositionIdx.LONG)
    async with simulator_process(*_OPTIONS) as announced:
        settings = _settings(announced, "bybit")
        async with _trading(announced, settings, database_url, "further") as engine:
            first = await _enter(engine, Direction.LONG, "bybit")
            await wait_until(lambda: _is_half(_targets(engine, long), first.quantity))
            before = _targets(engine, long)
            second = await _enter(engine, Direction.LONG, "bybit")
            both = first.quantity + second.quantity
            await wait_until(lambda: _is_half(_targets(engine, long), both))
            assert _targets(engine, long).keys() == before.keys()
            await _close_all(engine)
            assert await engine.audit() == ()


def _targets(engine: TradingEngine, leg_id: LegId) -> dict[str, Decimal]:
    """What each order that rests for a leg's ladder closes, by the exchange's id of the order."""
    live = engine.loop.state.live_orders(leg_id)
    targets = [each for each in live if each.purpose is OrderPurpose.TARGET]
    return {each.exchange_order_id: each.leaves_qty for each in targets if each.exchange_order_id}


def _is_half(targets: dict[str, Decimal], whole: Decimal) -> bool:
    """True where orders close half of a quantity, but for what its step takes off."""
    return 0 <= whole / 2 - sum(targets.values()) < Decimal("0.001")


async def test_what_is_refused_holds_nothing_back(database_url: str, tmp_path: Path) -> None:
    """An entry that the exchange refuses ends REJECTED, gives back what was reserved for it, and
    the next one is taken; one whose exits would lie within a tick of the price never leaves."""
    await schema.upgrade(database_url)
    for symbol, price in (("BTCUSDT", 40), ("ETHUSDT", 3_000)):
        write_market(tmp_path / f"{symbol}.csv", [Decimal(price)] * 300)
    plan = tmp_path / "faults.yaml"
    plan.write_text('faults: [{fault: F9, variant: "110066", where: /v5/order/create, times: 1}]')
    market = ("--replay", str(tmp_path), "--symbols", "BTCUSDT,ETHUSDT", "--speed", "5")
    async with simulator_process(*market, "--faults", str(plan)) as announced:
        settings = _settings(announced, "bybit")
        async with _trading(announced, settings, database_url, "refused") as engine:
            misfit = _signal(engine, Direction.LONG, "bybit", "BTCUSDT")
            denied = await engine.process_signal(misfit)
            assert isinstance(denied, OrderDenied)
            assert denied.control == "exit_policy"
            refused = await _enter(engine, Direction.LONG, "bybit", "ETHUSDT")
            assert refused.status is OrderStatus.REJECTED
            assert "110066" in refused.reason
            assert engine.loop.state.reservations.of_leg(refused.leg_id) == 0
            await _enter(engine, Direction.LONG, "bybit", "ETHUSDT")
            await wait_until(_protected(engine, refused.leg_id))
            await _close_all(engine)
            assert await engine.audit() == ()


@contextlib.asynccontextmanager
async def _a_person(
    announced: dict[str, Any], settings: Settings
) -> AsyncIterator[ExchangeManager]:
    """Somebody else on the same accounts."""
    exchanges = build_exchanges(settings, _keys(announced, settings), account="all")
    await exchanges.start()
    try:
        yield exchanges
    finally:
        await exchanges.close()


@contextlib.asynccontextmanager
async def _behind_a_proxy() -> AsyncIterator[tuple[dict[str, Any], TcpProxy]]:
    """What a simulator announced, with Bybit behind a line that can be cut."""
    async with simulator_process(*_OPTIONS) as announced:
        place = announced["bybit"]
        port = int(place["rest_url"].rpartition(":")[2])
        async with TcpProxy(port) as proxy:
            for key in _URLS:
                place[key] = place[key].replace(f":{port}", f":{proxy.port}")
            yield announced, proxy


async def test_an_exchange_that_is_away_at_the_start_joins_later(database_url: str) -> None:
    """Entries begin on the other one meanwhile; the exits of a leg there stay there."""
    await schema.upgrade(database_url)
    async with _behind_a_proxy() as (announced, proxy):
        proxy.is_refusing = True
        settings = _settings(announced, "bybit", "binance")
        async with _trading(announced, settings, database_url, "late", "binance") as engine:
            assert engine.status().not_ready["bybit"]
            await wait_until(lambda: engine.status().entry_exchange == "binance")
            there = (await _enter(engine, Direction.LONG, "bybit")).leg_id
            assert there.exchange == "binance"
            proxy.is_refusing = False
            await wait_until(lambda: engine.status().entry_exchange == "bybit")
            assert (await _enter(engine, Direction.LONG, "bybit")).leg_id.exchange == "bybit"
            await wait_until(lambda: len(_held(engine)) == 2)
            await _close_all(engine)
            assert await engine.audit() == ()


async def test_entries_go_to_the_next_exchange_and_come_back(database_url: str) -> None:
    """Under open legs, which stay where they are; the same signal is never two legs."""
    await schema.upgrade(database_url)
    async with _behind_a_proxy() as (announced, proxy):
        settings = _settings(announced, "bybit", "binance")
        async with _trading(announced, settings, database_url, "moved") as engine:
            await _fail_over_and_return(engine, proxy)
            assert await engine.audit() == ()
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch(
        "SELECT action, measured_value FROM risk_events WHERE control = 'entry_exchange'"
        " ORDER BY recorded_at"
    )
    doubled = await connection.fetchval(
        "SELECT count(*) FROM (SELECT signal_id FROM orders WHERE signal_id IS NOT NULL"
        " GROUP BY signal_id HAVING count(*) > 1) AS twice"
    )
    await connection.close()
    assert [row["action"] for row in rows] == ["FAILED_OVER", "RETURNED"]
    assert "bybit has not been ready for" in rows[0]["measured_value"]
    assert doubled == 0


async def _fail_over_and_return(engine: TradingEngine, proxy: TcpProxy) -> None:
    here, there = _leg("bybit", PositionIdx.LONG), _leg("binance", PositionIdx.LONG)
    first = await _enter(engine, Direction.LONG, "bybit")
    assert first.leg_id == here
    await wait_until(_protected(engine, here))
    proxy.is_refusing = True
    proxy.cut()
    await wait_until(lambda: engine.status().entry_exchange == "binance")
    again = await engine.process_signal(
        dataclasses.replace(
            a_signal(first.signal_id or ""), instrument_id=InstrumentId("bybit", "BTCUSDT")
        )
    )
    assert isinstance(again, Order)
    assert again.client_order_id == first.client_order_id
    second = await _enter(engine, Direction.LONG, "bybit")
    assert second.leg_id == there
    await wait_until(_protected(engine, here, there))
    assert set(engine.status().equity_missing) == {"bybit"}
    proxy.is_refusing = False
    await wait_until(lambda: engine.status().entry_exchange == "bybit")
    assert (await _enter(engine, Direction.SHORT, "bybit")).leg_id.exchange == "bybit"
    await wait_until(lambda: len(_held(engine)) == 3)
    await _close_all(engine)


async def test_a_leg_climbs_its_ladder(database_url: str, tmp_path: Path) -> None:
    """Written down before it is sent, entered with its stop, closed level by level as the price
    rises, and followed by a stop that only tightens; its target orders leave with it."""
    await schema.upgrade(database_url)
    rise = [*[50_000] * 200, *range(50_000, 74_000, 60)]
    write_market(tmp_path / "BTCUSDT.csv", [Decimal(close) for close in rise])
    replay = ("--replay", str(tmp_path), "--symbols", "BTCUSDT", "--speed", "180")
    long = _leg("bybit", PositionIdx.LONG)
    async with simulator_process(*replay, "--warmup-candles", "200") as announced:
        settings = _rising(_settings(announced, "bybit"))
        async with _trading(announced, settings, database_url, "ladder") as engine:
            order = await _enter(engine, Direction.LONG, "bybit")
            await wait_until(_protected(engine, long))
            soon = order.quantity * Decimal("0.6")
            await wait_until(lambda: _quantity(engine, long) <= soon)
            closed = order.quantity - _quantity(engine, long)
            await _close_all(engine)
            assert await engine.audit() == ()
    await _climbed(database_url, order, closed)


def _rising(settings: Settings) -> Settings:
    """One symbol, and limits that a steady climb does not reach."""
    data = settings.model_dump()
    data["trading"]["symbols"] = ("BTCUSDT",)
    data["risk"] |= {
        "order_quantity_max": {"BTCUSDT": 1},
        "correlation_groups": {},
        "flash_crash_percent": 50,
        "price_move_collar_bps": 5000,
    }
    return Settings.model_validate(data)


def _quantity(engine: TradingEngine, leg_id: LegId) -> Decimal:
    held = _held(engine).get(leg_id)
    return held.quantity if held else Decimal(0)


async def _climbed(url: str, entry: Order, closed: Decimal) -> None:
    """The rows tell of two levels that closed so much, of the intent, and of every stop."""
    connection = await asyncpg.connect(url)
    levels = await connection.fetch(
        "SELECT close_qty, filled_qty, status FROM partial_tp_history ORDER BY level"
    )
    stops = await connection.fetch(
        "SELECT stop_loss, status, cause FROM sltp_history WHERE status IN ('ATTACHED', 'SET')"
        " ORDER BY recorded_at, id"
    )
    intents = await connection.fetchval(
        "SELECT count(*) FROM order_events e JOIN orders o ON o.id = e.order_id"
        " WHERE o.client_order_id = $1 AND e.note LIKE 'intent%'",
        entry.client_order_id,
    )
    await connection.close()
    assert [row["status"] for row in levels] == ["FILLED", "FILLED"]
    assert all(row["filled_qty"] == row["close_qty"] > 0 for row in levels)
    assert sum(row["filled_qty"] for row in levels) == closed
    assert intents == 1
    # It came with the entry: had the exchange not known of it, it would have been set once more.
    assert [row["status"] for row in stops if row["cause"] == "entry"] == ["ATTACHED"]
    path = [row["stop_loss"] for row in stops]
    assert path == sorted(path)
    assert len(set(path)) > 1
