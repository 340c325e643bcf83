"""The kill switch as a person pulls it: a process of its own against two exchanges at once.

Run: `python -m tests.benchmarks.bench_kill_switch [rounds]`. Before each pull a hundred orders
rest, fifty on each exchange, beside a protected leg on each, and a bot that trades on the first is
stopped dead (SIGSTOP), so that nothing of it can help. The switch connects, cancels all but the
stops, and reads back. *Clean* is when an exchange was first read clean, counted by the switch from
its first request there; *command* is from starting Python to the end of the process, with its
imports and the second reading. What is left is read by a client of our own: anything but the two
stops ends the benchmark.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from bot_trading import settings
from bot_trading.clock import now_us
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import OrderType, TimeInForce
from bot_trading.domain.reports import OrderAccepted, StopKind
from bot_trading.exchange_clients import build_exchanges, read_credentials
from bot_trading.execution.ids import KILL_SWITCH
from bot_trading.ports import ExchangeClient
from bot_trading.storage import embedded, schema
from bot_trading.storage.database import Database
from readiness.scratch_database import scratch_database
from tests.builders.intents import approved
from tests.builders.session_process import session_process
from tests.builders.simulator_process import ROOT, simulator_process
from tests.builders.spread import load, with_interval

_EXCHANGES = ("bybit", "okx")
_EACH = 50
_READY_S = 60
_CLEAN = re.compile(r"(\w+): (\d+) orders canceled, (\d+) stops kept, .*clean after (\d+) ms")
_KEYS = {
    "bybit": {"BYBIT_API_KEY": "api_key", "BYBIT_API_SECRET": "api_secret"},
    "okx": {
        "OKX_API_KEY": "api_key",
        "OKX_API_SECRET": "api_secret",
        "OKX_API_PASSPHRASE": "passphrase",
    },
}


def _configuration(announced: Mapping[str, Any], folder: Path) -> Path:
    """The shipped configuration, pointed at the simulator, with its signs in `folder`."""
    data: dict[str, Any] = yaml.safe_load(settings.DEFAULT_CONFIG.read_text(encoding="utf-8"))
    data["trading"] |= {"exchanges": list(_EXCHANGES), "foreign_orders": "ignore"}
    data["logging"]["folder"] = str(folder)
    for name in _EXCHANGES:
        place = data["exchanges"][name]
        place |= {key: value for key, value in announced[name].items() if key in place}
    path = folder / "bot.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


async def _let_rest(name: str, client: ExchangeClient, pull: int) -> None:
    """A protected leg, once, and orders far below the market."""
    leg_id = LegId(name, "BTCUSDT", PositionIdx.LONG)
    [candle] = await client.get_candles(leg_id.instrument_id, 60, 1)
    stop = (candle.close * Decimal("0.8")).quantize(Decimal(1))
    if pull == 0:
        opens = {"time_in_force": TimeInForce.IOC, "stop_loss": stop}
        answer = await client.place_order(approved("opens", leg_id=leg_id, **opens))
        assert isinstance(answer, OrderAccepted), answer
    for number in range(_EACH):
        order = approved(
            f"rests{pull}x{number}",
            leg_id=leg_id,
            order_type=OrderType.LIMIT,
            price=(candle.close * Decimal("0.9")).quantize(Decimal(1)),
            quantity=Decimal("0.010"),
        )
        answer = await client.place_order(order)
        assert isinstance(answer, OrderAccepted), answer


async def _pull(config: Path, keys: Mapping[str, str]) -> tuple[float, dict[str, int]]:
    """Milliseconds of the whole command, and until each exchange was read clean."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot_trading.kill_switch", "--config", str(config)),
        cwd=ROOT,
        env={**os.environ, **keys},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    took_ms = (time.perf_counter() - began) * 1_000
    found = {name: (int(n), int(k), int(ms)) for name, n, k, ms in _CLEAN.findall(said.decode())}
    done = {name: (canceled, kept) for name, (canceled, kept, _) in found.items()}
    if process.returncode or done != dict.fromkeys(_EXCHANGES, (_EACH, 1)):
        raise SystemExit(f"the switch did not do its work:\n{said.decode()}")
    return took_ms, {name: clean_ms for name, (_, _, clean_ms) in found.items()}


async def _prove_left(client: ExchangeClient) -> None:
    """Nothing rests but the stop of the leg that stays open."""
    seen = await client.take_snapshot((), now_us())
    kinds = [order.stop_kind for order in seen.open_orders]
    if kinds != [StopKind.STOP_LOSS]:
        raise SystemExit(f"left on the exchange: {kinds}")


async def _rounds(count: int, announced: dict[str, Any], folder: Path) -> dict[str, list[float]]:
    """One after the other, on the same accounts."""
    config = _configuration(announced, folder)
    keys = {
        variable: announced[name][field]
        for name, fields in _KEYS.items()
        for variable, field in fields.items()
    }
    os.environ.update(keys)
    chosen = settings.load(config)
    exchanges = build_exchanges(chosen, read_credentials(chosen), account=KILL_SWITCH)
    clients = {name: exchanges.client(name) for name in exchanges.names}
    found: dict[str, list[float]] = {"command": [], **{name: [] for name in _EXCHANGES}}
    for client in clients.values():
        await client.open()
    try:
        for pull in range(count):
            await asyncio.gather(*(_let_rest(*each, pull) for each in clients.items()))
            took_ms, clean_ms = await _pull(config, keys)
            await asyncio.gather(*(_prove_left(client) for client in clients.values()))
            found["command"].append(took_ms)
            for name, value in clean_ms.items():
                found[name].append(value)
    finally:
        for client in clients.values():
            await client.close()
    return found


async def _until_it_trades(url: str) -> None:
    """The bot said that its exchange agrees with it."""
    database = Database(url)
    await database.connect()

    async def trades() -> bool:
        told = [each.detail.get("not_ready") for each in await database.read_status()]
        return {"bybit": ""} in told

    try:
        async with asyncio.timeout(_READY_S):
            while not await trades():  # noqa: ASYNC110 (it is told by another process)
                await asyncio.sleep(0.1)
    finally:
        await database.close()


async def _on_a_database(count: int, server_url: str) -> dict[str, list[float]]:
    async with scratch_database(server_url) as url:
        return await measured(count, url)


async def measured(count: int, url: str) -> dict[str, list[float]]:
    """Milliseconds by name, beside a bot that hangs."""
    options = ("--market", ",".join(_EXCHANGES), "--symbols", "BTCUSDT,ETHUSDT", "--speed", "1")
    await schema.upgrade(url)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with simulator_process(*options, "--position-mode", "hedge") as announced:
            changes = {"logging": {"folder": str(folder)}}
            async with session_process(announced, url, "hangs", changes) as bot:
                await _until_it_trades(url)
                os.kill(bot.pid, signal.SIGSTOP)
                return await _rounds(count, announced, folder)


def main() -> None:
    """Print n, median and largest, with intervals."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with embedded.database_url(os.environ) as server_url:
        found = asyncio.run(_on_a_database(count, server_url))
    table = Table(title=f"100 orders on two exchanges, a bot that hangs; n = {count}, {load()}")
    for title in ("until", "p50 ms (95 % interval)", "max ms"):
        table.add_column(title, justify="right")
    for name, samples in found.items():
        ranked = sorted(samples)
        table.add_row(name, with_interval(ranked, 0.5, 0), f"{ranked[-1]:,.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
