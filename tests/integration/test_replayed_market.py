"""A month of recorded candles through the whole bot: sockets, database, both legs, every cent."""

from __future__ import annotations

import asyncio

import pytest

from bot_trading.session import run_session
from bot_trading.storage import schema
from bot_trading.storage.database import Database
from tests.builders.sessions import a_session, settings_for
from tests.builders.simulator_process import MARKET_DATA, simulator_process

CANDLES = MARKET_DATA / "bybit" / "linear" / "5m"
DAYS = 30
_DAY_US = 86_400_000_000


async def _stop_after(url: str, account: str, end_us: int, stop: asyncio.Event) -> None:
    """Set `stop` once the core says that the market has passed `end_us`."""
    database = Database(url)
    await database.connect()
    try:
        while True:
            for row in await database.read_status(account):
                if int(str(row.detail["market_us"])) >= end_us:
                    stop.set()
                    return
            await asyncio.sleep(0.5)
    finally:
        await database.close()


@pytest.mark.real_market
@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(not CANDLES.is_dir(), reason="needs the recorded market data in ../shared")
async def test_a_month_of_real_candles_adds_up(database_url: str) -> None:
    """Fills, stored legs, the exchange's legs and the wallet agree after a month on four legs."""
    await schema.upgrade(database_url)
    options = ("--replay", str(CANDLES), "--symbols", "BTCUSDT,ETHUSDT")
    async with simulator_process(*options, "--speed", "60000", "--points", "4") as announced:
        settings = settings_for(
            announced,
            trading={"candle_interval_s": 300},
            strategy={
                "momentum": {
                    "lookback_candles": 5,
                    "threshold_bps": 40,
                    "cool_down_candles": 3,
                    "confidence_ratio": 0.5,
                }
            },
            enhanced_sltp={"horizon_s": 14_400},
        )
        session = a_session(announced, settings, database_url, "replay", duration_s=300)
        stop = asyncio.Event()
        end_us = announced["market_start_ms"] * 1000 + DAYS * _DAY_US
        watch = asyncio.create_task(_stop_after(database_url, "replay", end_us, stop))
        summary = await run_session(session, stop)
        watch.cancel()
    assert summary["problems"] == []
    assert int(summary["status"]["market_us"]) >= end_us
    assert set(summary["legs"]) == {"BTCUSDT-1", "BTCUSDT-2", "ETHUSDT-1", "ETHUSDT-2"}
    for leg in summary["legs"].values():
        assert leg["entries"] > 0
        assert leg["stops"] + leg["targets"] + leg["exits"] > 0
