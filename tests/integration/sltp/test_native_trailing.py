"""A leg that the exchange trails, over the wire, while no bot runs.

The market is scripted: the long leg is entered, Bybit is asked to trail it, the bot is killed, and
only then the price rises beyond the activation and a level of the ladder, and falls back.
"""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.reports import LegReport
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.bybit.config import BybitConfig, Credentials
from bot_trading.storage import schema
from tests.builders.scripted_market import write_market
from tests.builders.session_process import session_process
from tests.builders.simulator_process import simulator_process

ACCOUNT, SYMBOL, WARMUP = "native", "BTCUSDT", 60
LONG = LegId("bybit", SYMBOL, PositionIdx.LONG)
DISTANCE = Decimal(200)
CHANGES: dict[str, dict[str, Any]] = {
    "trading": {"symbols": [SYMBOL], "exchanges": ["bybit"], "warmup_candles": WARMUP},
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
        "flash_crash_percent": 50,
        "price_move_collar_bps": 5000,
    },
    "enhanced_sltp": {
        "stop_loss_percent": 4,
        "horizon_s": 86400,
        "partial_take_profit": {
            "execution": "resting",
            "update_sl_after_partial": True,
            "levels": [{"percent": 1.2, "close_ratio": 0.25}],
        },
        "profit_protection": None,
        "time_adjustment": None,
        "trailing_stop": {
            "type": "fixed",
            "native": True,
            "distance_usdt": 200,
            "activation_percent": 1.0,
            "min_distance_percent": 0.2,
            "max_distance_percent": 2.0,
            "step_percent": 0.1,
        },
    },
}
NATIVE = "SELECT count(*) FROM sltp_history WHERE status = 'SET' AND cause LIKE 'native trailing%'"
CLOSED = "SELECT count(*) FROM positions WHERE quantity = 0 AND episode > 0"


def _path() -> list[Decimal]:
    """Closes: jumps up that enter a long leg and steps down that enter no short one, until a bot
    had time to start; then far beyond the activation, and back by more than the distance."""
    closes = [50000] * WARMUP + [50100, 50050, 50000] * 30
    closes += [*range(50060, 51080, 60), *range(51020, 50560, -60), *[50600] * 900]
    return [Decimal(close) for close in closes]


async def _until(connection: asyncpg.Connection, query: str) -> None:
    async with asyncio.timeout(60):
        while True:
            if await connection.fetchval(query):
                return
            await asyncio.sleep(0.05)


async def _until_flat(client: BybitClient) -> None:
    async with asyncio.timeout(90):
        while True:
            if not (await _long_leg(client)).quantity:
                return
            await asyncio.sleep(0.1)


async def _long_leg(client: BybitClient) -> LegReport:
    [leg] = [leg for leg in await client.get_positions([SYMBOL]) if leg.leg_id == LONG]
    return leg


async def test_the_exchange_trails_a_leg_while_the_bot_is_dead(
    database_url: str, tmp_path: Path
) -> None:
    """It fills the level, ratchets and closes the rest; the next start books both and asks for no
    other trailing."""
    write_market(tmp_path / f"{SYMBOL}.csv", _path())
    await schema.upgrade(database_url)
    connection = await asyncpg.connect(database_url)
    options = ("--replay", str(tmp_path), "--symbols", SYMBOL, "--speed", "300")
    async with simulator_process(*options, "--warmup-candles", str(WARMUP)) as announced:
        place = announced["bybit"]
        urls = {name: place[name] for name in ("rest_url", "ws_public_url", "ws_private_url")}
        keys = Credentials(api_key=place["api_key"], api_secret=place["api_secret"])
        client = BybitClient(BybitConfig(**urls, probe_symbols=(SYMBOL,)), keys)
        await client.open()
        async with session_process(announced, database_url, ACCOUNT, CHANGES) as bot:
            await _until(connection, NATIVE)
            bot.kill()
            await bot.wait()
        left = await _long_leg(client)
        await _until_flat(client)
        async with session_process(announced, database_url, ACCOUNT, CHANGES) as bot:
            await _until(connection, CLOSED)
            bot.terminate()
            async with asyncio.timeout(30):
                output, _ = await bot.communicate()
        there = await client.take_snapshot([SYMBOL], 0)
        await client.close()
    assert left.trailing_distance == DISTANCE
    assert left.stop_loss is not None
    assert json.loads(output.splitlines()[-1])["problems"] == []
    assert there.open_orders == ()
    await _the_path_was_told(connection, left)
    await connection.close()


async def _the_path_was_told(connection: asyncpg.Connection, left: LegReport) -> None:
    """Asked once, read back once, the level and then the exchange's own stop, at its distance."""
    assert left.avg_px is not None
    steps = await connection.fetch(
        "SELECT status::text, stop_loss, cause, note FROM sltp_history"
        " WHERE cause LIKE 'native trailing%' ORDER BY recorded_at, id"
    )
    assert [step["status"] for step in steps] == ["ASKED", "SET"]
    assert {step["stop_loss"] for step in steps} == {left.stop_loss}
    assert steps[0]["cause"].startswith("native trailing by 200 from 50")
    assert steps[1]["note"] == "the position tells its distance"
    others = await connection.fetchval(
        "SELECT count(*) FROM sltp_history WHERE cause LIKE 'trailing by%'"
    )
    assert others == 0
    exits = await connection.fetch(
        "SELECT origin::text, purpose::text, filled_qty, avg_px FROM orders"
        " WHERE reduce_only AND filled_qty > 0 ORDER BY created_at"
    )
    told = {(row["origin"], row["purpose"]): row for row in exits}
    assert told.keys() == {("v3", "TARGET"), ("exchange", "STOP")}
    stop = told["exchange", "STOP"]
    assert stop["filled_qty"] == left.quantity - told["v3", "TARGET"]["filled_qty"]
    # The scripted top is 51020; the path falls in steps of 60 with the simulator's own points.
    assert Decimal(50740) <= stop["avg_px"] <= Decimal(50830)
