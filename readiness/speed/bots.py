"""Runs both bots side by side, each on an exchange of its own with the same market, and measures.

Side by side, because a noisy machine then slows both. Candles come at their own pace, whatever a
bot does; neither exchange delays or limits anything, and one recording per bot is the only clock.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

from exchange_simulator.clock import machine_us
from exchange_simulator.record import events
from readiness.processes import end_group, end_with_parent
from readiness.scratch_database import scratch_database
from readiness.speed.judge import Measured
from readiness.speed.samples import Series, read_polled, read_told
from readiness.wire.bots import BotFailed, command_for
from readiness.wire.exchange import open_exchange
from readiness.wire.own_bot import COMMAND
from readiness.wire.stage import StageOptions

__all__ = ["SYMBOLS", "measure_bots"]

SPEED = 60  # A candle of each symbol every second.
# More symbols at this speed would need more than the ten orders a second that Bybit takes and that
# v3 keeps to by itself: its orders would wait for that, at a pace that no market has.
SYMBOLS = ("BTCUSDT", "ETHUSDT")
NOTIONAL_USDT = 100  # Above the least that the exchange takes of each.
START_S = 60.0
LOOK_EVERY_S = 0.25
MIB = 2**20
PLENTY = 10_000_000
# Every candle is an opinion: no limit of risk shall keep the new bot from following it.
EXPOSURES = ("leg", "position", "symbol", "exchange", "group", "total")
COUNTS = ("executions_max", "consecutive_losses_max", "identical_orders_max")
V2 = (
    *(sys.executable, "-m", "legacy_v2", "--rest-url", "{rest_url}", "--poll", "0.2"),
    *("--symbols", ",".join(SYMBOLS), "--lookback-candles", "1", "--threshold-bps", "0.0001"),
    *("--cool-down-candles", "0", "--order-notional-usdt", str(NOTIONAL_USDT)),
    *("--log-level", "WARNING"),
)
V2_ENVIRON = {
    "BYBIT_API_KEY": "{api_key}",
    "BYBIT_API_SECRET": "{api_secret}",
    "DATABASE_URL": "{database_url}",
}


@dataclass(slots=True, kw_only=True)
class _Bot:
    """One of the two, and what it took of the machine while it was measured."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    mode: str
    read: Callable[[Iterator[dict[str, Any]], int], Series]
    folder: Path
    memory_mib: float = 0.0
    cpu_s: float = 0.0
    since_us: int = 0
    looks: list[float] = field(default_factory=list)

    @property
    def recording(self) -> Path:
        """Everything that passed between it and its exchange."""
        return self.folder / f"speed-{self.name}.recording.gz"

    def look(self, process: psutil.Process) -> None:
        """Note its memory, and the processor time since it was first looked at."""
        times = process.cpu_times()
        self.looks.append(times.user + times.system)
        self.memory_mib = max(self.memory_mib, process.memory_info().rss / MIB)
        self.cpu_s = self.looks[-1] - self.looks[0]


async def measure_bots(
    root: Path, folder: Path, server_url: str, seconds: int, seed: int = 11
) -> tuple[Measured, Measured]:
    """v2 and v3, measured for so many seconds since both had come.

    Raises BotFailed and ExchangeFailed; ends all that it starts in any case.
    """
    config = folder / "speed-v3.yaml"
    await asyncio.to_thread(_write_config, root / "config/bot.yaml", config)
    old = _Bot(
        name="v2",
        command=V2,
        environ=V2_ENVIRON,
        mode="one-way",
        read=lambda rows, since_us: read_polled(rows, SPEED, since_us),
        folder=folder,
    )
    new = _Bot(
        name="v3",
        command=(*COMMAND, "--config", str(config)),
        environ={},
        mode="hedge",
        read=read_told,
        folder=folder,
    )
    both = asyncio.Barrier(2)
    async with asyncio.TaskGroup() as group:
        for bot in (old, new):
            group.create_task(_run(bot, root, server_url, seconds, seed, both))
    found = [
        Measured(
            series=await asyncio.to_thread(_series, bot),
            seconds=float(seconds),
            memory_mib=bot.memory_mib,
            cpu_s=bot.cpu_s,
        )
        for bot in (old, new)
    ]
    return found[0], found[1]


async def _run(
    bot: _Bot, root: Path, server_url: str, seconds: int, seed: int, both: asyncio.Barrier
) -> None:
    """One bot from its start to its end."""
    options = StageOptions(
        markets=("bybit",),
        recording=str(bot.recording),
        mode=bot.mode,
        speed=SPEED,
        seed=seed,
        symbols=SYMBOLS,
        flood=1_000_000,
        is_timed=True,
    )
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(scratch_database(server_url))
        file = bot.folder / f"speed-{bot.name}.announced.json"
        exchange = await stack.enter_async_context(open_exchange(options, file))
        values = exchange.places("bybit") | {"database_url": url}
        filled = command_for(list(bot.environ.values()), values)
        environ = dict(zip(bot.environ, filled, strict=True))
        process = await _started(bot, root, command_for(bot.command, values), environ)
        try:
            await _watch(bot, process, lambda: "contact" in exchange.told, START_S)
            if "contact" not in exchange.told:
                raise BotFailed(f"{bot.name} sent nothing to its exchange in {START_S:.0f} s")
            async with asyncio.timeout(START_S):
                await both.wait()
            bot.since_us = machine_us()
            bot.looks.clear()
            await _watch(bot, process, lambda: False, seconds)
        finally:
            await asyncio.shield(end_group(process, (signal.SIGTERM, signal.SIGKILL)))


async def _started(
    bot: _Bot, root: Path, command: list[str], environ: Mapping[str, str]
) -> asyncio.subprocess.Process:
    # codelint: ok D12 because opening a local file once per bot is shorter than starting it
    with (bot.folder / f"speed-{bot.name}.log").open("wb") as output:
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=root,
            env={**os.environ, **environ},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )


async def _watch(
    bot: _Bot, process: asyncio.subprocess.Process, is_over: Callable[[], bool], seconds: float
) -> None:
    """Look at the bot until it is over or for so long; raises BotFailed for one that ends."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + seconds
    while loop.time() < end_s and not is_over():
        if process.returncode is not None:
            log = bot.folder / f"speed-{bot.name}.log"
            said = (await asyncio.to_thread(log.read_text, "utf-8", "replace"))[-600:].strip()
            raise BotFailed(f"{bot.name} ended by itself with {process.returncode}: {said}")
        with suppress(psutil.Error):  # It may have just ended, which the next look tells.
            bot.look(psutil.Process(process.pid))
        await asyncio.sleep(LOOK_EVERY_S)


def _series(bot: _Bot) -> Series:
    """What its recording holds."""
    return bot.read(events(bot.recording), bot.since_us)


def _write_config(usual: Path, config: Path) -> None:
    """The usual configuration of v3, with an opinion on every candle and no limit in its way."""
    told = yaml.safe_load(usual.read_text("utf-8"))
    told["trading"]["symbols"] = list(SYMBOLS)
    told["strategy"]["momentum"] |= {
        "lookback_candles": 1,
        "threshold_bps": 0.0001,
        "cool_down_candles": 0,
    }
    told["sizing"]["order_notional_usdt"] = NOTIONAL_USDT
    told["risk"] |= {
        "order_notional_max_usdt": PLENTY,
        **{f"{whose}_exposure_max_usdt": PLENTY for whose in EXPOSURES},
        **dict.fromkeys(COUNTS, 100_000),
        "leverage_max": 20,
        "order_quantity_max": dict.fromkeys(SYMBOLS, PLENTY),
        "correlation_groups": {},
    }
    config.write_text(yaml.safe_dump(told), "utf-8")
