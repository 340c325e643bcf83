"""Difference seen on the wire → both orders on the wire, and how long a refused leg leaves the
other one alone.

Run: `python -m tests.benchmarks.bench_arbitrage [seconds]`. The bot with its PostgreSQL and two
simulated exchanges with a basis, in processes of their own; the recording of the simulator is the
clock of the first figure, the stored groups tell the second. Groups follow each other after a
pause, whose end may be noticed with an answer instead of a price: only groups that began with a
frame of prices count.
"""

from __future__ import annotations

import asyncio
import bisect
import gzip
import json
import os
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import uvloop
from rich.console import Console
from rich.table import Table

from bot_trading import log
from bot_trading.domain.group import LegGroup
from bot_trading.dry_run import point_at
from bot_trading.engine.bootstrap import build_database, build_engine, make_credentials
from bot_trading.settings import Settings, load
from bot_trading.storage import embedded, schema
from bot_trading.storage.reading_groups import GROUPS, group_from
from readiness.scratch_database import scratch_database
from tests.builders.simulator_process import simulator_process

SYMBOL, ACCOUNT = "BTCUSDT", "bench"
PRICES = ("tickers", "bookTicker", "orderbook", "depthUpdate", "books5")
PLENTY = (
    *("executions_max", "consecutive_losses_max", "identical_orders_max"),
    *("messages_per_second_max", "orphan_fills_max"),
)
# Bybit takes no order of the symbol every other time: the other exchange's leg has to go.
PLAN = """faults:
  - {fault: F9, variant: '110066', where: /v5/order/create, market: bybit, probability: 0.5}
"""


def settings_of(announced: dict[str, Any], exchanges: tuple[str, str]) -> Settings:
    """Groups that are left at once and follow each other after a tenth of a second."""
    data = load().model_dump()
    data["trading"] |= {"exchanges": exchanges, "symbols": [SYMBOL]}
    data["risk"] |= dict.fromkeys(PLENTY, 1_000_000)
    data["risk"] |= {"order_quantity_max": {SYMBOL: Decimal(1)}, "correlation_groups": {}}
    data["sizing"]["order_notional_usdt"] = Decimal(200)
    data["strategy"]["source"] = "arbitrage"
    data["strategy"]["arbitrage"] |= {
        "exchanges": exchanges,
        "taker_fee_bps": dict.fromkeys(exchanges, Decimal("5.5")),
        "book_age_max_ms": 10_000,
        "one_sided_max_ms": 10_000,
        "horizon_s": 1,
        "pause_ms": 100,
    }
    return point_at(Settings.model_validate(data), announced)


async def trade(
    server_url: str, exchanges: tuple[str, str], seconds: float, *options: str
) -> tuple[list[LegGroup], float]:
    """The groups of one session, and the processor's time of the bot in it."""
    market = ("--market", ",".join(exchanges), "--basis-bps", f"{exchanges[1]}=60")
    common = ("--symbols", SYMBOL, "--speed", "5", "--limits", "off", "--seed", "5")
    delays = ("--socket-delay-ms", "0", "--trade-delay-ms", "0")
    async with scratch_database(server_url) as url:
        await schema.upgrade(url)
        async with simulator_process(*market, *common, *delays, *options) as announced:
            keys = {
                name: make_credentials(
                    name,
                    announced[name]["api_key"],
                    announced[name]["api_secret"],
                    announced[name].get("passphrase", ""),
                )
                for name in exchanges
            }
            settings = settings_of(announced, exchanges)
            engine = build_engine(settings, ACCOUNT, build_database(url), keys)
            await engine.start()
            began_s = time.process_time()
            await asyncio.sleep(seconds)
            cpu_s = time.process_time() - began_s
            engine.halt("the bench", "is over")
            await asyncio.sleep(1)
            await engine.stop()
        connection = await asyncpg.connect(url)
        try:
            rows = await connection.fetch(GROUPS, ACCOUNT)
        finally:
            await connection.close()
    return [group_from(row) for row in rows], cpu_s


def latencies_ms(recording: Path, groups: list[LegGroup]) -> list[float]:
    """From the frame of prices that a decision follows to the arrival of its later entry."""
    told_us: list[tuple[int, bool]] = []
    entries_us: list[int] = []
    with gzip.open(recording, "rt", encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            if event["kind"] in ("out", "request"):
                is_price = event["kind"] == "out" and any(name in line for name in PRICES)
                told_us.append((event["wall_us"], is_price))
            if event["kind"] in ("in", "request") and _is_entry(line.replace("\\", "")):
                entries_us.append(event["wall_us"])
    told_us.sort()
    entries_us.sort()
    found = []
    for group in groups:
        seen = bisect.bisect_right(told_us, (group.ts_opened_us, True))
        first = bisect.bisect_left(entries_us, group.ts_opened_us)
        if seen and first + 1 < len(entries_us):
            at_us, is_price = told_us[seen - 1]
            if is_price:
                found.append((entries_us[first + 1] - at_us) / 1000)
    return found


def _is_entry(line: str) -> bool:
    """An order on the wire that opens a leg, in the language of any exchange; no stop."""
    if '"op":"order.create"' in line:
        return '"reduceOnly":true' not in line
    if "/api/v5/trade/order" in line:
        return "order-algo" not in line and '"clOrdId":"ent' in line
    return "/fapi/v1/order" in line and "newClientOrderId=ent" in line


def interval(values: list[float], share: float) -> str:
    """The quantile with its 95 % interval, by 2,000 resamples."""
    rng, ordered = Random(1), sorted(values)
    at = lambda some: some[min(len(some) - 1, int(len(some) * share))]  # noqa: E731
    drawn = sorted(at(sorted(rng.choices(ordered, k=len(ordered)))) for _ in range(2_000))
    return f"{at(ordered):.2f} [{drawn[50]:.2f}, {drawn[1949]:.2f}]"


def main() -> None:
    """Print n, median and tail with their intervals for each pair, and what refusals left."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    table = Table(title=f"arbitrage, load {os.getloadavg()[0]:.1f}")
    for title in ("what", "pair", "n", "p50 ms", "p99 ms", "max ms", "bot CPU ms each"):
        table.add_column(title, justify="right")
    with tempfile.TemporaryDirectory() as folder, embedded.database_url(os.environ) as server_url:
        log.configure(Path(folder), "bench")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            for exchanges in (("bybit", "okx"), ("bybit", "binance")):
                recording = Path(folder) / f"{exchanges[1]}.gz"
                parts = ("--record", str(recording))
                groups, cpu_s = runner.run(trade(server_url, exchanges, seconds, *parts))
                _add(table, "both sent", exchanges, latencies_ms(recording, groups), cpu_s)
                plan = Path(folder) / f"{exchanges[1]}.yaml"
                plan.write_text(PLAN, encoding="utf-8")
                parts = ("--faults", str(plan))
                groups, cpu_s = runner.run(trade(server_url, exchanges, seconds, *parts))
                hung = [
                    group.one_sided_longest_us / 1000
                    for group in groups
                    if not group.was_hedged and group.one_sided_longest_us
                ]
                _add(table, "refused leg", exchanges, hung, cpu_s)
    Console(width=120).print(table)


def _add(
    table: Table, what: str, exchanges: tuple[str, str], values: list[float], cpu_s: float
) -> None:
    if not values:
        table.add_row(what, "+".join(exchanges), "0", "", "", "", "")
        return
    each = f"{cpu_s * 1000 / len(values):.1f}"
    quantiles = (interval(values, 0.5), interval(values, 0.99))
    count, worst = str(len(values)), f"{max(values):.2f}"
    table.add_row(what, "+".join(exchanges), count, *quantiles, worst, each)


if __name__ == "__main__":
    main()
