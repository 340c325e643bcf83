"""Pairs of two exchanges by the whole bot: real sockets, a real PostgreSQL, and a basis between
two simulated exchanges of one market."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from bot_trading.domain.group import GroupPhase, LegGroup
from bot_trading.dry_run import point_at
from bot_trading.engine.bootstrap import (
    AnyCredentials,
    build_database,
    build_engine,
    make_credentials,
)
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.settings import Settings, load
from bot_trading.storage import schema
from bot_trading.storage.reading_groups import GROUPS, group_from
from tests.builders.simulator_process import simulator_process
from tests.builders.waiting import wait_until

_OPTIONS = ("--symbols", "BTCUSDT", "--speed", "10", "--seed", "7", "--limits", "off")
_BASIS = ("--basis-bps", "{second}=60")


def _settings(announced: dict[str, Any], exchanges: tuple[str, str], **changed: Any) -> Settings:
    """The shipped configuration with arbitrage of BTC between these exchanges."""
    data = load().model_dump()
    data["trading"] |= {"exchanges": exchanges, "symbols": ["BTCUSDT"]}
    data["risk"]["order_quantity_max"] = {"BTCUSDT": Decimal("0.5")}
    data["risk"]["correlation_groups"] = {}
    data["strategy"]["source"] = "arbitrage"
    data["strategy"]["arbitrage"] |= {
        "exchanges": exchanges,
        "taker_fee_bps": dict.fromkeys(exchanges, Decimal("5.5")),
        "book_age_max_ms": 10_000,
        "one_sided_max_ms": 10_000,
        "settle_ms": 3_000,
        "pause_ms": 1_000,
        **changed,
    }
    return point_at(Settings.model_validate(data), announced)


@contextlib.asynccontextmanager
async def _trading(
    announced: dict[str, Any], settings: Settings, url: str
) -> AsyncIterator[TradingEngine]:
    keys: dict[str, AnyCredentials] = {
        name: make_credentials(
            name,
            announced[name]["api_key"],
            announced[name]["api_secret"],
            announced[name].get("passphrase", ""),
        )
        for name in settings.trading.exchanges
    }
    engine = build_engine(settings, "pairs", build_database(url), keys)
    await engine.start()
    try:
        yield engine
    finally:
        assert await engine.stop()


def _group(engine: TradingEngine) -> LegGroup | None:
    return engine.loop.state.groups.get("BTCUSDT")


def _is(engine: TradingEngine, phase: GroupPhase) -> bool:
    group = _group(engine)
    return group is not None and group.phase is phase


async def _stored(url: str) -> list[LegGroup]:
    connection = await asyncpg.connect(url)
    try:
        return [group_from(row) for row in await connection.fetch(GROUPS, "pairs")]
    finally:
        await connection.close()


@pytest.mark.parametrize("exchanges", [("bybit", "binance"), ("okx", "bybit")])
async def test_a_pair_is_entered_held_over_a_restart_and_left(
    exchanges: tuple[str, str], database_url: str
) -> None:
    """Both legs are entered as one group, each with its stop; after a restart the group goes on,
    is left at its horizon, and its account is that of the fills."""
    await schema.upgrade(database_url)
    basis = [part.format(second=exchanges[1]) for part in _BASIS]
    async with simulator_process("--market", ",".join(exchanges), *_OPTIONS, *basis) as announced:
        settings = _settings(announced, exchanges)
        async with _trading(announced, settings, database_url) as engine:
            await wait_until(lambda: _is(engine, GroupPhase.HEDGED))
            group = _group(engine)
            assert group is not None
            assert (group.long_leg.exchange, group.short_leg.exchange) == exchanges
            state = engine.loop.state
            await wait_until(
                lambda: all(
                    leg_id in state.resting and state.resting[leg_id].stop_loss
                    for leg_id in group.legs
                )
            )
            assert {state.leg(leg_id).quantity for leg_id in group.legs} == {group.quantity}
        hasty = _settings(announced, exchanges, horizon_s=1, pause_ms=600_000)
        async with _trading(announced, hasty, database_url) as engine:
            await wait_until(lambda: _is(engine, GroupPhase.OVER))
            over = _group(engine)
            assert over is not None
            assert over.group_id == group.group_id
            assert await engine.audit() == ()
    (kept,) = await _stored(database_url)
    assert kept == over
    assert 0 < kept.one_sided_longest_us <= kept.one_sided_max_us
    assert kept.unmatched_loss_worst <= kept.loss_max
    await _assert_books_agree(database_url, kept)


async def _assert_books_agree(url: str, group: LegGroup) -> None:
    """Every order and fill names the group, and the group earned what its fills did."""
    connection = await asyncpg.connect(url)
    try:
        fills = await connection.fetch("SELECT * FROM fills WHERE account = 'pairs'")
        orders = await connection.fetch("SELECT * FROM orders WHERE account = 'pairs'")
        paid = await connection.fetchval(
            "SELECT coalesce(sum(amount), 0) FROM funding_payments WHERE account = 'pairs'"
        )
    finally:
        await connection.close()
    assert {row["group_id"] for row in (*orders, *fills)} == {group.group_id}
    cash = sum(
        (row["last_qty"] * row["last_px"] * (1 if row["side"] == "SELL" else -1) for row in fills),
        Decimal(0),
    )
    fees = sum((row["commission"] for row in fills), Decimal(0))
    assert group.pnl == cash - fees + paid
    assert {row["exchange"] for row in fills} == {each.exchange for each in group.legs}
