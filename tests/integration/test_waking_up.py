"""A bot whose process stood still wakes up to sockets full of a market that is gone; real
PostgreSQL, real sockets, and a market in which it would trade with every candle."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from bot_trading.halt_sign import Sign, leave, sign_folder
from bot_trading.storage import schema
from tests.builders.session_process import session_process
from tests.builders.simulator_process import simulator_process

AT_EVERY_CANDLE = {"lookback_candles": 1, "threshold_bps": 1, "cool_down_candles": 1}
MARKET = ("--market", "bybit", "--seed", "7", "--symbols", "BTCUSDT,ETHUSDT", "--speed", "60")
AWAY_S = 5.0
# So long the market of now would have made it trade: two candles of two symbols.
LOOK_S = 2.0


@dataclass(slots=True)
class _Sleeper:
    """A bot that trades, and what it wrote down."""

    process: asyncio.subprocess.Process
    rows: asyncpg.Connection

    async def has_entered(self, count: int) -> bool:
        return await self.entries() >= count

    async def entries(self) -> int:
        query = "SELECT count(*) FROM orders WHERE purpose = 'ENTRY' AND origin = 'v3'"
        return int(await self.rows.fetchval(query))

    async def is_halted(self) -> bool:
        query = "SELECT state FROM trading_states ORDER BY changed_at DESC LIMIT 1"
        return bool(await self.rows.fetchval(query) == "HALTED")

    async def stop(self) -> int:
        """Stopped dead for some seconds, and still so; the entries that it had made."""
        os.kill(self.process.pid, signal.SIGSTOP)
        await asyncio.sleep(AWAY_S)
        return await self.entries()

    def wake(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)


@asynccontextmanager
async def _sleeper(url: str, folder: Path) -> AsyncIterator[_Sleeper]:
    """Awake, and trading; in the end it has said that it stood still."""
    await schema.upgrade(url)
    changes: dict[str, dict[str, Any]] = {
        "logging": {"folder": str(folder)},
        "strategy": {"momentum": {**AT_EVERY_CANDLE, "confidence_ratio": "0.5"}},
    }
    connection = await asyncpg.connect(url)
    try:
        async with (
            simulator_process(*MARKET, "--position-mode", "hedge") as announced,
            session_process(announced, url, "sleeper", changes) as process,
        ):
            sleeper = _Sleeper(process, connection)
            await _until(lambda: sleeper.has_entered(2))
            yield sleeper
            process.terminate()
            assert process.stdout is not None
            said = await asyncio.wait_for(process.stdout.read(), 30)
            assert b"this process stood still for" in said
    finally:
        await connection.close()


async def _until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while True:
            if await is_so():
                return
            await asyncio.sleep(0.05)


async def test_a_stopped_bot_wakes_up_halted_and_enters_nothing(
    database_url: str, tmp_path: Path
) -> None:
    """A sign of while it was away is heeded before any price that waited for it."""
    async with _sleeper(database_url, tmp_path) as sleeper:
        before = await sleeper.stop()
        leave(sign_folder(tmp_path), Sign(resumes=False, who="ann", why="it hangs"))
        sleeper.wake()
        await _until(sleeper.is_halted)
        await asyncio.sleep(LOOK_S)
        assert await sleeper.entries() == before


async def test_a_bot_that_wakes_up_trades_on_once_it_reconciled(
    database_url: str, tmp_path: Path
) -> None:
    """Without a sign it drops what waited, connects anew, and takes the market of now."""
    async with _sleeper(database_url, tmp_path) as sleeper:
        before = await sleeper.stop()
        sleeper.wake()
        await _until(lambda: sleeper.has_entered(before + 1))
