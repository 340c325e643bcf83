"""The whole bot, ended in the middle of trading and started again over the same exchange."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from bot_trading.domain.fill import Fill
from bot_trading.domain.order import Order, OrderPurpose
from bot_trading.domain.position import PositionLeg
from bot_trading.domain.reports import ExchangeSnapshot
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.bybit.config import BybitConfig, Credentials
from bot_trading.execution.reconcile import leg_differences, leg_of_fill, to_fill
from bot_trading.portfolio.audit import fills_differences, net_result
from bot_trading.portfolio.legs import apply_fill
from bot_trading.storage import schema
from bot_trading.storage.database import Database
from tests.builders.session_process import session_process
from tests.builders.simulator_process import simulator_process

ACCOUNT = "restarted"
SYMBOLS = ("BTCUSDT", "ETHUSDT")
# Eager on purpose: several orders a second, so that every moment is in the middle of trading.
CHANGES: dict[str, dict[str, Any]] = {
    "strategy": {
        "momentum": {
            "lookback_candles": 2,
            "threshold_bps": 2,
            "cool_down_candles": 1,
            "confidence_ratio": 0.5,
        }
    },
    "enhanced_sltp": {"horizon_s": 300},
    "risk": {"executions_max": 100_000, "consecutive_losses_max": 100_000},
}
# What was under way when the last run looked for the last time: 0.2 s at x300.
UNDER_WAY_US = 60_000_000


async def _trades_until(connection: asyncpg.Connection, fills: int) -> None:
    """Return when the bot has stored so many more fills and holds something."""
    query = "SELECT count(*) FROM fills"
    goal = await connection.fetchval(query) + fills
    async with asyncio.timeout(60):
        while True:
            held = await connection.fetchval("SELECT count(*) FROM positions WHERE quantity > 0")
            if held and await connection.fetchval(query) >= goal:
                return
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def _connected(announced: dict[str, Any]) -> AsyncIterator[BybitClient]:
    place = announced["bybit"]
    config = BybitConfig(
        rest_url=place["rest_url"],
        ws_public_url=place["ws_public_url"],
        ws_private_url=place["ws_private_url"],
        probe_symbols=SYMBOLS,
    )
    keys = Credentials(api_key=place["api_key"], api_secret=place["api_secret"])
    client = BybitClient(config, keys)
    await client.open()
    try:
        yield client
    finally:
        await client.close()


async def _stored(url: str) -> tuple[dict[str, Order], tuple[Fill, ...], list[PositionLeg]]:
    database = Database(url)
    await database.open(ACCOUNT)
    try:
        orders = {
            saved.order.client_order_id: saved.order for saved in await database.fetch_orders()
        }
        return orders, await database.fetch_fills(), list(await database.fetch_legs())
    finally:
        await database.close()


def _check_orders(
    there: ExchangeSnapshot, orders: dict[str, Order], late: dict[str, Decimal]
) -> None:
    """Each id is one order there, and what it filled is what we stored of it and what is `late`."""
    numbers: dict[str, set[str]] = defaultdict(set)
    filled: dict[str, Decimal] = defaultdict(Decimal)
    for fill in there.fills:
        if fill.client_order_id:
            numbers[fill.client_order_id].add(fill.exchange_order_id)
            filled[fill.client_order_id] += fill.last_qty
    assert numbers
    for name, exchange_order_ids in numbers.items():
        assert len(exchange_order_ids) == 1, f"{name} was sent twice"
        assert orders[name].origin == "v3"
        told = orders[name].filled_qty + late.get(name, Decimal(0))
        assert filled[name] == told <= orders[name].quantity
    entries = [order.signal_id for order in orders.values() if order.signal_id is not None]
    assert len(entries) == len(set(entries)), "a signal led to two orders"


async def _check_end(
    url: str, there: ExchangeSnapshot, wallet_before: Decimal, market_us: int
) -> None:
    """Nothing that happened while a bot ran is missing, and every cent is explained.

    Stops and levels go on resting after the last run; what they did since then is booked here.
    """
    late: dict[str, Decimal] = defaultdict(Decimal)
    orders, fills, stored_legs = await _stored(url)
    legs = {leg.leg_id: leg for leg in stored_legs}
    assert fills_differences(fills, legs) == ()
    known = {fill.key for fill in fills}
    assert known <= {report.key for report in there.fills}
    for report in sorted(there.fills, key=lambda each: each.ts_event_us):
        if report.key in known:
            continue
        rested = orders.get(report.client_order_id)
        assert rested is None or rested.purpose is OrderPurpose.TARGET
        assert report.client_order_id == "" or rested is not None
        assert report.ts_event_us > market_us - UNDER_WAY_US, f"{report.trade_id} was lost"
        late[report.client_order_id] += report.last_qty
        leg_id = leg_of_fill(report, rested)
        assert leg_id is not None
        legs[leg_id] = apply_fill(legs[leg_id], to_fill(report, leg_id, ""))
    _check_orders(there, orders, late)
    assert leg_differences("bybit", legs, there.legs) == ()
    assert there.balance.wallet_balance - wallet_before == net_result(legs.values())


@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_a_bot_that_ends_in_the_middle_of_trading_goes_on(
    database_url: str, how: str
) -> None:
    """No order is doubled, no fill is lost, and the wallet is explained to the last decimal.

    Pain 4: after a crash bot and exchange disagree, and the bot can neither adopt nor explain what
    it finds.
    """
    await schema.upgrade(database_url)
    connection = await asyncpg.connect(database_url)
    options = ("--symbols", ",".join(SYMBOLS), "--speed", "300", "--seed", "3")
    async with (
        simulator_process(*options, "--position-mode", "hedge") as announced,
        _connected(announced) as client,
    ):
        wallet_before = (await client.get_balance()).wallet_balance
        for fills in (6, 5, 4):
            async with session_process(announced, database_url, ACCOUNT, CHANGES) as bot:
                await _trades_until(connection, fills)
                if how == "killed":
                    bot.kill()
                    await bot.wait()
                else:
                    await _stopped(bot)
        async with session_process(announced, database_url, ACCOUNT, CHANGES) as bot:
            await _trades_until(connection, 4)
            summary = await _stopped(bot)
        there = await client.take_snapshot(SYMBOLS, 0)
    await connection.close()
    market_us = int(summary["status"]["market_us"])
    await _check_end(database_url, there, wallet_before, market_us)


async def _stopped(bot: asyncio.subprocess.Process) -> dict[str, Any]:
    """Ask it to stop; its run must have added up."""
    bot.terminate()
    async with asyncio.timeout(60):
        output, _ = await bot.communicate()
    assert bot.returncode == 0
    summary: dict[str, Any] = json.loads(output.splitlines()[-1])
    assert summary["problems"] == []
    return summary
