"""Candle closed on the wire → order received on the wire, by the simulator's clock, open loop.

Run: `python -m tests.benchmarks.bench_wire_to_wire [seconds]`. The bot, its PostgreSQL (commit
before the send, synchronous_commit on) and the simulator run as in a dry run, each in a process of
its own; a rule that speaks at every candle makes every candle an order. Candles keep coming at
their own pace, whatever the bot does. The recording of the simulator is the only clock.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from bot_trading import log
from bot_trading.session import run_session
from bot_trading.storage import embedded, schema
from readiness.scratch_database import scratch_database
from tests.builders.sessions import a_session, settings_for
from tests.builders.simulator_process import simulator_process
from tests.builders.spread import load, with_interval

SPEED = 120
EXPOSURES = (
    "order_notional_max_usdt",
    *(
        f"{whose}_exposure_max_usdt"
        for whose in (
            *("leg", "position", "symbol", "exchange"),
            *("group", "estimated_group", "total"),
        )
    ),
    "value_at_risk_max_usdt",
    "expected_shortfall_max_usdt",
)
COUNTS = ("executions_max", "consecutive_losses_max", "identical_orders_max")
SYMBOL = "BTCUSDT"


async def trade(server_url: str, recording: Path, seconds: float) -> dict[str, Any]:
    """One session that sends an order per candle; its summary."""
    options = ("--symbols", SYMBOL, "--speed", str(SPEED), "--limits", "off", "--seed", "5")
    delays = ("--socket-delay-ms", "0", "--trade-delay-ms", "0")
    async with scratch_database(server_url) as url:
        await schema.upgrade(url)
        async with simulator_process(*options, *delays, "--record", str(recording)) as announced:
            plenty = dict.fromkeys(EXPOSURES, 10_000_000) | dict.fromkeys(COUNTS, 100_000)
            settings = settings_for(
                announced,
                trading={"symbols": [SYMBOL]},
                strategy={
                    "momentum": {
                        "lookback_candles": 1,
                        "threshold_bps": 0.0001,
                        "cool_down_candles": 0,
                        "confidence_ratio": 0.5,
                    }
                },
                sizing={"order_notional_usdt": 100},
                risk={
                    **plenty,
                    "leverage_max": 20,
                    "order_quantity_max": {SYMBOL: 1000},
                    "correlation_groups": {},
                },
            )
            session = a_session(announced, settings, url, "bench", seconds)
            return await run_session(session, asyncio.Event())


def latencies_ms(recording: Path) -> list[float]:
    """Milliseconds from each closed candle's frame to the symbol's next order."""
    closed_us: dict[str, int] = {}
    found = []
    with gzip.open(recording, "rt", encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            text = event.get("frame", event.get("body", {})).get("text", "")
            if event["kind"] == "out" and '"confirm":true' in text:
                closed_us[text.split('"kline.1.', 1)[1].split('"', 1)[0]] = event["wall_us"]
            elif event["kind"] == "in" and '"op":"order.create"' in text:
                body = json.loads(text)["args"][0]
                began_us = closed_us.pop(body["symbol"], None)
                if began_us is not None and not body.get("reduceOnly"):
                    found.append((event["wall_us"] - began_us) / 1000)
    return found


def main() -> None:
    """Print n, median and tails with their intervals, the bot's memory, and the load."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    with tempfile.TemporaryDirectory() as folder, embedded.database_url(os.environ) as server_url:
        recording = Path(folder) / "wire.gz"
        log.configure(Path(folder), "bench")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            summary = runner.run(trade(server_url, recording, seconds))
        found = sorted(latencies_ms(recording))
    table = Table(title=f"candle closed on the wire → order received on the wire, {load()}")
    for title in ("n", "p50 ms (95 %)", "p95 ms", "p99 ms (95 %)", "max ms", "MB", "problems"):
        table.add_column(title, justify="right")
    middle, tail = with_interval(found, 0.5), with_interval(found, 0.99)
    shown = (middle, f"{found[int(len(found) * 0.95)]:.2f}", tail, f"{found[-1]:.2f}")
    memory, problems = str(summary["memory_mb"]), str(len(summary["problems"]))
    table.add_row(str(len(found)), *shown, memory, problems)
    Console().print(table)


if __name__ == "__main__":
    main()
