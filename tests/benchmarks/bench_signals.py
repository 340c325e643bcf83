"""Signals per second through the whole engine to the port of an exchange, with a real PostgreSQL.

Run: `python -m tests.benchmarks.bench_signals [signals]`. All signals come at once (open loop). One
in ten is on a symbol where limits are far: it is approved, committed, sent, answered and filled.
The others meet a limit and are denied, with their row. Then the same under the limits of
`config/bot.yaml`, as a storm would meet them. It ends when every signal is decided and every row is
committed; a signal without its rows, or an order without its send, is a loss and exits with 1.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from bot_trading import log
from bot_trading.clock import now_us
from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.messages import SignalReceived
from bot_trading.domain.signal import Direction, Signal
from bot_trading.engine.state import CoreConfig
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.settings import core_config
from bot_trading.settings import load as load_settings
from bot_trading.storage import embedded, schema
from bot_trading.storage.database import Database
from readiness.scratch_database import scratch_database
from tests.builders.core import a_core_config, risk_limits
from tests.builders.instant_port import InstantPort
from tests.builders.waiting import wait_until

BTC, ETH = InstrumentId("bybit", "BTCUSDT"), InstrumentId("bybit", "ETHUSDT")
_APPROVED_EVERY = 10
_FAR = Decimal(10**9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What one storm came to."""

    signals: int
    wall_s: float
    cpu_s: float
    approved: int
    denied: int
    problems: tuple[str, ...]


def open_limits() -> CoreConfig:
    """Limits that only the small largest quantity of one symbol makes bind."""
    groups = ("group", "estimated_group")
    exposures = ("leg", "position", "symbol", "exchange", *groups, "total")
    sums = (f"{whose}_exposure_max_usdt" for whose in exposures)
    far = dict.fromkeys((*sums, "value_at_risk_max_usdt", "expected_shortfall_max_usdt"), _FAR)
    counts = ("messages_per_second_max", "identical_orders_max", "executions_max")
    limits = risk_limits(
        **far,
        **dict.fromkeys(counts, 10**9),
        order_quantity_max={BTC.symbol: Decimal(1000), ETH.symbol: Decimal("0.001")},
    )
    return replace(a_core_config(), instrument_ids=(BTC, ETH), limits=limits, momentum=None)


def real_limits() -> CoreConfig:
    """The limits that ship with the bot."""
    return replace(core_config(load_settings(), "bench"), momentum=None, exits=None)


def storm(count: int) -> list[SignalReceived]:
    """Signals of one moment; each tenth on BTCUSDT."""
    stamp = now_us()
    made = []
    for number in range(count):
        signal = Signal(
            signal_id=f"storm-{number}",
            instrument_id=ETH if number % _APPROVED_EVERY else BTC,
            direction=Direction.LONG if number % 2 else Direction.SHORT,
            confidence_ratio=Decimal("0.6"),
            horizon_s=900,
            source="bench",
            ts_event_us=stamp,
        )
        made.append(SignalReceived(signal=signal, ts_init_us=stamp))
    return made


def is_over(engine: TradingEngine, count: int) -> bool:
    """Every signal is decided, every row committed, every order filled."""
    return engine.decided >= count and not engine.loop.is_busy and not engine.loop.state.unsettled


async def pass_through(server_url: str, config: CoreConfig, count: int) -> Passed:
    """One engine, one storm, and what is in the database afterwards."""
    async with scratch_database(server_url) as url:
        await schema.upgrade(url)
        port, database = InstantPort((BTC, ETH)), Database(url)
        engine = TradingEngine(config, database, {"bybit": port}, leverage=Decimal(3))  # type: ignore[dict-item]
        await engine.start()
        state = engine.loop.state
        await wait_until(
            lambda: not state.exchange_health("bybit").not_ready and len(state.quotes) == 2
        )
        signals = storm(count)
        began, cpu_began = time.perf_counter(), time.process_time()
        for signal in signals:
            engine.loop.publish(signal)
        await wait_until(lambda: is_over(engine, count), timeout_s=300)
        wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
        rows = await database.fetch(
            "SELECT (SELECT count(*) FROM signals) AS signals,"
            " (SELECT count(*) FROM orders WHERE purpose = 'ENTRY') AS orders,"
            " (SELECT count(*) FROM risk_events WHERE action = 'DENIED') AS denied"
        )
        await engine.stop()
    found = rows[0]
    expected = {"signals": count, "orders": len(port.sent), "denied": count - len(port.sent)}
    lost = tuple(
        f"{name}: {found[name]} rows of {wanted}"
        for name, wanted in expected.items()
        if found[name] != wanted
    )
    return Passed(
        signals=count,
        wall_s=wall_s,
        cpu_s=cpu_s,
        approved=found["orders"],
        denied=found["denied"],
        problems=lost,
    )


def main() -> None:
    """Print rates by the wall and by the bot's own CPU time, and what was lost."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    table = Table(title=f"{count} signals at once → decided, committed, sent")
    for title in ("limits", "signals/s", "signals/s of CPU", "approved", "denied", "lost"):
        table.add_column(title, justify="left" if title == "limits" else "right")
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as folder, embedded.database_url(os.environ) as server_url:
        log.configure(Path(folder), "bench")
        for name, config in (("far, one in ten passes", open_limits()), ("real", real_limits())):
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                found = runner.run(pass_through(server_url, config, count))
            rates = (f"{count / found.wall_s:,.0f}", f"{count / found.cpu_s:,.0f}")
            lost = "; ".join(found.problems) or "none"
            table.add_row(name, *rates, str(found.approved), str(found.denied), lost)
            problems += found.problems
    Console().print(table)
    if problems:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
