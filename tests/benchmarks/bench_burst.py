"""Fifty symbols close a candle at once: how long until every order is out.

Run: `python -m tests.benchmarks.bench_burst [bursts]`. Each candle makes a signal, each signal an
order: fifty rows of orders are committed by a real PostgreSQL (synchronous_commit on) before their
sends reach the port of the exchange, in-process. A burst begins when the first candle is published
and ends with its last order; the next one begins when everything is filled and written.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from bot_trading import log
from bot_trading.clock import now_us
from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.reports import CandleClosed, CandleHistory
from bot_trading.engine.state import CoreConfig
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.quiet_collection import settle
from bot_trading.storage import embedded, schema
from bot_trading.storage.database import Database
from readiness.scratch_database import scratch_database
from tests.builders.core import a_candle, a_core_config, a_momentum_spec, risk_limits
from tests.builders.instant_port import InstantPort
from tests.builders.spread import load, with_interval
from tests.builders.waiting import wait_until

SYMBOLS = tuple(InstrumentId("bybit", f"COIN{number}USDT") for number in range(50))
_MINUTE_US = 60_000_000
_PRICES = ("50000", "50100")


def talkative() -> CoreConfig:
    """A rule that speaks at every candle, and limits that are far."""
    groups = ("group", "estimated_group")
    exposures = ("leg", "position", "symbol", "exchange", *groups, "total")
    sums = (f"{whose}_exposure_max_usdt" for whose in exposures)
    book = ("value_at_risk_max_usdt", "expected_shortfall_max_usdt")
    far = dict.fromkeys((*sums, *book), Decimal(10**9))
    counts = ("messages_per_second_max", "identical_orders_max", "executions_max")
    limits = risk_limits(
        **far,
        **dict.fromkeys(counts, 10**9),
        order_quantity_max={each.symbol: Decimal(1000) for each in SYMBOLS},
    )
    rule = a_momentum_spec(lookback=1, threshold_bps=Decimal("0.1"), cool_down=0)
    return replace(a_core_config(), instrument_ids=SYMBOLS, limits=limits, momentum=rule)


def are_out(port: InstantPort, wanted: int) -> bool:
    """So many orders came to the port."""
    return len(port.sent) >= wanted


async def bursts(server_url: str, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds to each burst's last order, by the wall and in CPU time of the bot."""
    async with scratch_database(server_url) as url:
        await schema.upgrade(url)
        port = InstantPort(SYMBOLS)
        engine = TradingEngine(talkative(), Database(url), {"bybit": port}, leverage=Decimal(3))  # type: ignore[dict-item]
        await engine.start()
        state, loop = engine.loop.state, engine.loop
        await wait_until(lambda: not state.exchange_health("bybit").not_ready)
        await wait_until(lambda: len(state.quotes) == len(SYMBOLS))
        open_us = now_us() - (count + 2) * _MINUTE_US
        for each in SYMBOLS:
            past = a_candle(open_us, _PRICES[0], instrument_id=each)
            loop.publish(CandleHistory(instrument_id=each, candles=(past,), ts_init_us=now_us()))
        settle()
        wall_ms, cpu_ms = [], []
        for number in range(1, count + 1):
            await asyncio.sleep(0.05)
            stamp, price = now_us(), _PRICES[number % 2]
            closed = [
                CandleClosed(
                    candle=a_candle(open_us + number * _MINUTE_US, price, instrument_id=each),
                    ts_init_us=stamp,
                )
                for each in SYMBOLS
            ]
            wanted = number * len(SYMBOLS)
            began, cpu_began = time.perf_counter(), time.process_time()
            for event in closed:
                loop.publish(event)
            await wait_until(partial(are_out, port, wanted))
            wall_ms.append((port.sent_s[-1] - began) * 1000)
            await wait_until(lambda: not loop.is_busy and not state.unsettled)
            cpu_ms.append((time.process_time() - cpu_began) * 1000)
        await engine.stop()
    return wall_ms, cpu_ms


def main() -> None:
    """Print n, median and tails."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as folder, embedded.database_url(os.environ) as server_url:
        log.configure(Path(folder), "bench")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            found = runner.run(bursts(server_url, count))
    table = Table(title=f"{len(SYMBOLS)} symbols close at once, {count} bursts, {load()}")
    for title in ("what", "p50 ms (95 %)", "p95 ms", "p99 ms (95 %)", "max ms"):
        table.add_column(title, justify="left" if title == "what" else "right")
    for name, times in zip(("to the last order", "CPU, fills included"), found, strict=True):
        ranked = sorted(times)
        middle, tail = with_interval(ranked, 0.5, 1), with_interval(ranked, 0.99, 1)
        table.add_row(name, middle, f"{ranked[int(count * 0.95)]:.1f}", tail, f"{ranked[-1]:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
