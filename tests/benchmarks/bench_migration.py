"""How fast and in how much memory a v2 database is copied, beside a plain insert row by row.

Run by hand: `python -m tests.benchmarks.bench_migration [orders] [repeats]`. Scratch databases on
the bundled PostgreSQL, or DATABASE_URL's; both sides on one server, so they share its cores. A row
is a row of v2, of any table; the whole copy ends with key map, quarantine and all indexes of v3.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import psycopg
from rich.console import Console
from rich.table import Table

from bot_trading.storage import embedded, schema
from legacy_v2.aged import age
from migration.databases import connect_source, connect_target
from migration.flow_query import flow_query, output_columns
from migration.mapping_rules import load_mapping
from migration.rollback import roll_back
from migration.run import BATCH_ROWS, LANES, Sides, copy_all, count_rows, opened
from migration.sql_text import ident
from migration.verify import verify
from readiness.scratch_database import create_scratch_database, drop_database

ROOT = Path(__file__).resolve().parents[2]
MAPPING = ROOT / "migration/v2_to_v3.yaml"
DIRT = ("null_symbol", "side_case", "unknown_status", "duplicate_trade", "float_noise")
PLAIN_ROWS = 5_000
RESAMPLES = 2_000
MEMORY = """
import json, sys
from pathlib import Path
import psutil
from migration.run import BATCH_ROWS, LANES, copy_all, opened
rss = lambda: psutil.Process().memory_info().rss
with opened(sys.argv[1], sys.argv[2], Path(sys.argv[3])) as sides:
    seen = [rss()]
    copy_all(sides, batch_rows=BATCH_ROWS, advance=lambda *_: seen.append(rss()), lanes=LANES)
    print(json.dumps([seen[0], max(seen)]))
"""


@contextmanager
def two_databases(server_url: str, orders: int) -> Iterator[tuple[str, str]]:
    """An aged v2 with dirt, and an empty v3."""
    v2, v3 = (asyncio.run(create_scratch_database(server_url)) for _ in range(2))
    try:
        age(v2, rows=orders, seed=1, dirt=DIRT)
        asyncio.run(schema.upgrade(v3))
        yield v2, v3
    finally:
        for url in (v2, v3):
            asyncio.run(drop_database(server_url, url))


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """One whole copy: rows of v2, seconds, rows per second by stream, and who worked how long."""

    rows: int
    seconds: float
    streams: dict[str, float]
    cpu_us_per_row: dict[str, float]


def cpu_s(sides: Sides) -> dict[str, float]:
    """Seconds of processor time so far, of this process and of both servers' processes."""
    pids = {
        "this process": os.getpid(),
        "source": sides.source.info.backend_pid,
        "target": sides.target.info.backend_pid,
    }
    times = {name: psutil.Process(pid).cpu_times() for name, pid in pids.items()}
    return {name: spent.user + spent.system for name, spent in times.items()}


def copy_once(v2: str, v3: str, lanes: int) -> Copied:
    """Copy everything, with a clock on each stream and each side, which tell of one lane alone."""
    spent: dict[str, float] = {}
    with opened(v2, v3, MAPPING) as sides:
        counts = count_rows(sides)
        rows = sum(counts.values())
        cpu = cpu_s(sides)
        began = last = time.perf_counter()

        def advance(name: str, _copied: int, _kept: int) -> None:
            nonlocal last
            now = time.perf_counter()
            spent[name] = spent.get(name, 0.0) + now - last
            last = now

        copy_all(sides, batch_rows=BATCH_ROWS, advance=advance, lanes=lanes)
        seconds = time.perf_counter() - began
        worked = {name: (now - cpu[name]) * 1e6 / rows for name, now in cpu_s(sides).items()}
    return Copied(
        rows=rows,
        seconds=seconds,
        streams={name: counts[name] / spent[name] for name in spent},
        cpu_us_per_row=worked,
    )


def plain_once(v2: str, v3: str) -> float:
    """Rows per second of orders that are read one by one and inserted one by one."""
    mapping = load_mapping(MAPPING)
    flow = mapping.flows[0]
    query = f"{flow_query(mapping, flow, {}, {})} LIMIT {PLAIN_ROWS}"
    columns = output_columns(flow)
    places = ", ".join(["%s"] * len(columns))
    listed = ", ".join(map(ident, columns))
    insert = f"INSERT INTO orders ({listed}) VALUES ({places})"  # noqa: S608 (our own names)
    with connect_source(v2) as source, connect_target(v3) as target:
        began = time.perf_counter()
        inserted = 0
        for row in source.execute(query).fetchall():
            if row[1] is None:
                target.execute(insert, row[5:])
                inserted += 1
        target.commit()
        seconds = time.perf_counter() - began
        target.execute("DELETE FROM orders WHERE account = 'v2'")
        target.commit()
    return inserted / seconds


def peak_memory_mb(v2: str, v3: str) -> tuple[float, float]:
    """Megabytes of a process of its own, before its copy and at its highest."""
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", MEMORY, v2, v3, str(MAPPING)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    before, peak = json.loads(done.stdout)
    return before / 2**20, peak / 2**20


def take_back(v3: str) -> None:
    """Make v3 empty again."""
    with connect_target(v3) as target:
        roll_back(target, load_mapping(MAPPING))
    with psycopg.connect(v3, autocommit=True) as connection:
        connection.execute("VACUUM FULL orders")


def interval(samples: list[float]) -> str:
    """Median with the 95 % bootstrap interval of the median, and how many runs it is of."""
    values = np.array(samples)
    drawn = np.random.default_rng(1).choice(values, (RESAMPLES, len(values)))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return f"{np.median(values):,.0f}  [{low:,.0f}, {high:,.0f}]  n={len(values)}"


def load() -> str:
    """The machine's load, as far as others have caused it."""
    return " ".join(f"{average:.1f}" for average in os.getloadavg())


def main(arguments: list[str]) -> None:
    """Measure and print."""
    orders = int(arguments[0]) if arguments else 100_000
    repeats = int(arguments[1]) if len(arguments) > 1 else 3
    console = Console(width=110)
    console.print(f"load before: {load()} on {os.cpu_count()} cores")
    rates: list[float] = []
    alone: list[float] = []
    plain: list[float] = []
    streams: dict[str, list[float]] = {}
    worked: dict[str, list[float]] = {}
    memory: list[tuple[int, float, float]] = []
    rows, sound = 0, ""
    with embedded.database_url(os.environ) as server_url:
        with two_databases(server_url, orders) as (v2, v3):
            for _ in range(repeats):
                plain.append(plain_once(v2, v3))
                at_once = copy_once(v2, v3, LANES)
                rates.append(at_once.rows / at_once.seconds)
                take_back(v3)
                copied = copy_once(v2, v3, 1)
                rows = copied.rows
                alone.append(rows / copied.seconds)
                for name, rate in copied.streams.items():
                    streams.setdefault(name, []).append(rate)
                for name, spent in copied.cpu_us_per_row.items():
                    worked.setdefault(name, []).append(spent)
                with opened(v2, v3, MAPPING) as sides:
                    sound = _copied_soundly(sides)
                take_back(v3)
            memory.append((rows, *peak_memory_mb(v2, v3)))
        with two_databases(server_url, max(1, orders // 4)) as (v2, v3):
            rows_of_quarter = sum(_counts(v2, v3).values())
            memory.append((rows_of_quarter, *peak_memory_mb(v2, v3)))
    table = Table(title=f"copy of {rows:,} rows of v2 (every digest compared: {sound})")
    table.add_column("what")
    table.add_column("rows/s: median [95 %] runs", justify="right")
    table.add_row(f"everything, {LANES} lanes", interval(rates))
    table.add_row("everything, one lane", interval(alone))
    for name, found in streams.items():
        table.add_row(f"  {name}", interval(found))
    table.add_row(f"orders, one by one ({PLAIN_ROWS:,} rows)", interval(plain))
    console.print(table)
    for name, spent_us in worked.items():
        console.print(f"processor time, {name}: {np.median(spent_us):.1f} µs per row")
    for count, before, peak in memory:
        console.print(f"memory with {count:,} rows: {before:.0f} MB before, {peak:.0f} MB at most")
    console.print(f"load after: {load()}")


def _copied_soundly(sides: Sides) -> str:
    """Does every copied row hold what v2 says?"""
    return "sound" if all(account.holds for account in verify(sides).accounts) else "NOT SOUND"


def _counts(v2: str, v3: str) -> dict[str, int]:
    with opened(v2, v3, MAPPING) as sides:
        return count_rows(sides)


if __name__ == "__main__":
    main(sys.argv[1:])
