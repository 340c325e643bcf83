"""The whole way of two legs out of the market, over the wire, with a crash in the middle.

The market is scripted: both legs of one symbol are entered, the price falls through the short
leg's ladder, the bot is killed between two of its levels and started again, and then the price
rises through the long leg's ladder until its stop, which followed, closes the rest.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.position import is_looser
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.bybit.config import BybitConfig, Credentials
from bot_trading.storage import schema
from tests.builders.scripted_market import write_market
from tests.builders.session_process import session_process
from tests.builders.simulator_process import simulator_process

ACCOUNT = "exits"
SYMBOL = "BTCUSDT"
SPEED = 180
LONG = LegId("bybit", SYMBOL, PositionIdx.LONG)
SHORT = LegId("bybit", SYMBOL, PositionIdx.SHORT)
WARMUP = 200
CHANGES: dict[str, dict[str, Any]] = {
    "trading": {"symbols": [SYMBOL]},
    # One candle's move of 15 basis points is an entry; the exposure of a leg allows no second one.
    "strategy": {
        "momentum": {
            "lookback_candles": 1,
            "threshold_bps": 15,
            "cool_down_candles": 0,
            "confidence_ratio": 0.5,
        }
    },
    "risk": {
        "order_notional_max_usdt": 1000,
        "leg_exposure_max_usdt": 1000,
        "order_quantity_max": {SYMBOL: 1},
        "correlation_groups": {},
        "executions_max": 100_000,
        "consecutive_losses_max": 100_000,
        "flash_crash_percent": 50,
        "price_move_collar_bps": 5000,
    },
    "enhanced_sltp": {
        "stop_loss_percent": 4,
        # A bot that starts fast enters early: no leg may be closed for its age.
        "horizon_s": 86400,
        "partial_take_profit": {
            "execution": "resting",
            "update_sl_after_partial": True,
            "levels": [
                {"percent": 1.2, "close_ratio": 0.2},
                {"percent": 2.4, "close_ratio": 0.3},
            ],
        },
        "profit_protection": {
            "breakeven_percent": 0.8,
            "breakeven_offset_percent": 0.15,
            "max_updates": 10,
        },
        "trailing_stop": {
            "type": "percentage",
            "activation_percent": 3.0,
            "distance_percent": 1.0,
            "min_distance_percent": 0.2,
            "max_distance_percent": 2.0,
            "step_percent": 0.1,
        },
        "time_adjustment": None,
        "short_legs": {
            "partial_take_profit": {
                "execution": "on_touch",
                "update_sl_after_partial": True,
                "levels": [
                    {"percent": 0.6, "close_ratio": 0.25},
                    {"percent": 1.2, "close_ratio": 0.25},
                ],
            },
            "profit_protection": {
                "breakeven_percent": 0.5,
                "breakeven_offset_percent": 0.15,
                "max_updates": 10,
            },
        },
    },
}


def _path() -> list[Decimal]:
    """Closes: up and down until both legs are entered, down through the short ladder, up through
    the long one and back. Beyond the entries no candle moves enough to be another one; what waits
    for a process to start is long enough for a busy machine."""
    closes = [50000] * WARMUP + [50100, 50000] * 38  # Up enters the long leg, down the short one.
    for price, stays in (
        (49620, 100),  # Beyond the short leg's first level: here the bot is killed.
        (49350, 6),  # Beyond its second level.
        (49800, 3),  # Its rest is stopped at its first level's price.
        (50740, 3),  # The long leg's first level,
        (51340, 3),  # its second,
        (51820, 3),  # and far enough to trail.
        (51100, 900),  # Back through the stop that followed.
    ):
        step = 60 if price > closes[-1] else -60
        closes += [*range(closes[-1] + step, price, step), *[price] * stays]
    return [Decimal(close) for close in closes]


async def _until(connection: asyncpg.Connection, query: str, wanted: int) -> None:
    """Return when a count in the bot's database has reached `wanted`."""
    async with asyncio.timeout(60):
        while True:
            if await connection.fetchval(query) >= wanted:
                return
            await asyncio.sleep(0.05)


async def _stopped(bot: asyncio.subprocess.Process) -> dict[str, Any]:
    bot.terminate()
    async with asyncio.timeout(30):
        output, _ = await bot.communicate()
    assert bot.returncode == 0
    summary: dict[str, Any] = json.loads(output.splitlines()[-1])
    return summary


def _client(announced: dict[str, Any]) -> BybitClient:
    place = announced["bybit"]
    config = BybitConfig(
        rest_url=place["rest_url"],
        ws_public_url=place["ws_public_url"],
        ws_private_url=place["ws_private_url"],
        probe_symbols=(SYMBOL,),
    )
    keys = Credentials(api_key=place["api_key"], api_secret=place["api_secret"])
    return BybitClient(config, keys)


DONE = "SELECT count(*) FROM partial_tp_history WHERE status = 'FILLED'"
ENTERED = "SELECT count(*) FROM positions WHERE quantity > 0"
CLOSED = "SELECT count(*) FROM positions WHERE quantity = 0 AND episode > 0"


async def test_two_legs_leave_by_their_own_ladders_through_a_crash(
    database_url: str, tmp_path: Path
) -> None:
    """Each level once, exits and open sum to what was entered, no stop loosens, nothing rests.

    Pain 8: several take-profit levels cannot be had, or do not add up.
    """
    write_market(tmp_path / f"{SYMBOL}.csv", _path())
    await schema.upgrade(database_url)
    connection = await asyncpg.connect(database_url)
    options = ("--replay", str(tmp_path), "--symbols", SYMBOL, "--speed", str(SPEED))
    async with simulator_process(*options, "--warmup-candles", str(WARMUP)) as announced:
        client = _client(announced)
        await client.open()
        async with session_process(announced, database_url, ACCOUNT, CHANGES) as bot:
            await _until(connection, ENTERED, 2)
            await _until(connection, DONE, 1)
            bot.kill()
            await bot.wait()
        await _stops_rest(client)
        async with session_process(announced, database_url, ACCOUNT, CHANGES) as bot:
            await _until(connection, CLOSED, 2)
            summary = await _stopped(bot)
        there = await client.take_snapshot([SYMBOL], 0)
        await client.close()
    assert summary["problems"] == []
    assert there.open_orders == ()
    assert [leg.quantity for leg in there.legs] == [0, 0]
    await _levels_are_executed_once(connection)
    await _everything_that_entered_left(connection)
    await _stops_never_loosen(connection)
    for name in (f"{SYMBOL}-1", f"{SYMBOL}-2"):
        told = summary["legs"][name]
        assert told["entries"] >= 1
        assert told["ladder_steps"] == 2
        assert told["stop_moves"] >= 2
        assert told["stops"] >= 1
    await connection.close()


async def _stops_rest(client: BybitClient) -> None:
    """While no bot runs, every open leg is protected on the exchange."""
    legs = [leg for leg in await client.get_positions([SYMBOL]) if leg.quantity > 0]
    assert {leg.leg_id for leg in legs} == {LONG, SHORT}
    for leg in legs:
        assert leg.stop_loss is not None
    orders = (await client.take_snapshot([SYMBOL], 0)).open_orders
    targets = [order for order in orders if order.stop_kind is None]
    assert {order.position_idx for order in targets} == {PositionIdx.LONG}
    assert all(order.reduce_only for order in targets)
    assert len(targets) == 2


async def _levels_are_executed_once(connection: asyncpg.Connection) -> None:
    """Each level of each leg is one row, filled as planned, by one order of its own."""
    rows = await connection.fetch(
        "SELECT p.*, o.filled_qty AS by_order, o.reduce_only, o.purpose::text AS purpose"
        " FROM partial_tp_history p JOIN orders o USING (account, client_order_id)"
        " ORDER BY position_idx, level"
    )
    assert [(row["position_idx"], row["level"], row["status"]) for row in rows] == [
        *((1, 1, "FILLED"), (1, 2, "FILLED"), (2, 1, "FILLED"), (2, 2, "FILLED"))
    ]
    assert [row["close_ratio"] for row in rows] == [
        *(Decimal("0.2"), Decimal("0.3"), Decimal("0.25"), Decimal("0.25"))
    ]
    for row in rows:
        assert row["filled_qty"] == row["close_qty"] == row["by_order"]
        assert row["reduce_only"]
        assert row["price_seen"] is not None
        assert row["cause"]
    filled = await connection.fetchval(
        "SELECT count(*) FROM orders WHERE purpose = 'TARGET' AND filled_qty > 0"
    )
    assert filled == len(rows)


async def _everything_that_entered_left(connection: asyncpg.Connection) -> None:
    sums = await connection.fetch(
        "SELECT position_idx, sum(last_qty) FILTER (WHERE (side = 'BUY') = (position_idx = 1)) AS"
        " entered, sum(last_qty) FILTER (WHERE (side = 'BUY') <> (position_idx = 1)) AS exited"
        " FROM fills GROUP BY position_idx"
    )
    assert len(sums) == 2
    for row in sums:
        assert row["entered"] == row["exited"]


async def _stops_never_loosen(connection: asyncpg.Connection) -> None:
    """Within each life, in the order in which the exchange confirmed them, with a cause each."""
    rows = await connection.fetch(
        "SELECT position_idx, episode, stop_loss, cause, price_seen FROM sltp_history"
        " WHERE status IN ('ATTACHED', 'SET') ORDER BY recorded_at, id"
    )
    paths: dict[tuple[int, int], list[Decimal]] = defaultdict(list)
    for row in rows:
        assert row["cause"]
        assert row["price_seen"] is not None
        paths[row["position_idx"], row["episode"]].append(row["stop_loss"])
    for (idx, _), stops in paths.items():
        leg_id = LONG if idx == 1 else SHORT
        assert not any(is_looser(leg_id, after, before) for before, after in pairwise(stops))
    causes = {row["cause"] for row in rows}
    assert {"entry", "break-even", "trailing by percentage"} <= causes
