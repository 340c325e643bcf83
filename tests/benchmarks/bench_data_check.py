"""What the data check costs, printed: few rows differ, all differ, and a plain keyed merge beside.

Run by hand: `python -m tests.benchmarks.bench_data_check [rows …]`, 1,000,000 by default, against
the bundled PostgreSQL or DATABASE_URL's, in scratch databases. Ten columns of mapped types. The
plain merge is two server-side cursors in the order of keys, compared in Python: the yardstick.
Each line is a process of its own, so its peak of memory is its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table

from bot_trading.storage import embedded
from readiness.reconcile.data_check import check_data
from readiness.reconcile.digests import Sample
from readiness.reconcile.mapping import read_mapping
from readiness.scratch_database import scratch_database
from tests.builders.migrated_pair import Pair, execute, make_pair

BLOCK = 2_000
SOURCE = """
SELECT id, order_id, symbol, upper(side), round(quantity::text::numeric, 8)::float8,
    price::float8, fee::float8, is_maker = 1, note, executed_at AT TIME ZONE 'Europe/Berlin'
FROM trades WHERE id NOT IN (5, 9) ORDER BY id
"""
TARGET = """
SELECT ('x' || right(id::text, 12))::bit(48)::bigint,
    ('x' || right(parent_id::text, 12))::bit(48)::bigint, symbol, side::text, quantity::float8,
    price::float8, fee::float8, is_maker, note, event_at
FROM fills_v3 ORDER BY id
"""
FEW = """
SET session_replication_role = replica;
UPDATE fills_v3 SET price = price + 0.00000001 WHERE id = v3_id(77);
DELETE FROM fills_v3 WHERE id = v3_id(100);
UPDATE fills_v3 SET side = 'SELL' WHERE id = v3_id(1000);
"""
ALL = "UPDATE fills_v3 SET price = price + 1"


async def plain_merge(pair: Pair) -> int:
    """How many rows differ, by two cursors and a comparison of tuples."""
    source, target = await asyncpg.connect(pair.source_url), await asyncpg.connect(pair.target_url)
    differ = 0
    async with source.transaction(readonly=True), target.transaction(readonly=True):
        ours, theirs = await source.cursor(SOURCE), await target.cursor(TARGET)
        left, right = list(await ours.fetch(BLOCK)), list(await theirs.fetch(BLOCK))
        one = other = 0
        while left and right:
            mine, yours = left[one], right[other]
            differ += mine != yours
            one, other = one + (mine[0] <= yours[0]), other + (mine[0] >= yours[0])
            if one == len(left):
                left, one = list(await ours.fetch(BLOCK)), 0
            if other == len(right):
                right, other = list(await theirs.fetch(BLOCK)), 0
    await source.close()
    await target.close()
    return differ


async def run_one(what: str, pair: Pair) -> int:
    """One line of the table; how many findings or differing rows it gave."""
    if what == "plain keyed merge":
        return await plain_merge(pair)
    sample = Sample(ratio=0.1, seed=1) if what == "sample of a tenth" else None
    mapping = read_mapping(pair.mapping)
    outcome = await check_data(pair.source_url, pair.target_url, mapping, sample=sample)
    return len(outcome.findings)


def worker(arguments: list[str]) -> None:
    """A process of its own: seconds, its own CPU, its peak of memory, what was found."""
    what, source_url, target_url, mapping = arguments
    pair = Pair(source_url=source_url, target_url=target_url, mapping=Path(mapping))
    began, idle_kib = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = asyncio.run(run_one(what, pair))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(  # noqa: T201
        json.dumps(
            {
                "seconds": time.perf_counter() - began,
                "cpu": usage.ru_utime + usage.ru_stime,
                "peak_mib": usage.ru_maxrss / 1024,
                "idle_mib": idle_kib / 1024,
                "found": found,
            }
        )
    )


def measured(what: str, pair: Pair) -> dict[str, float]:
    """Run one line in a process of its own."""
    arguments = [what, pair.source_url, pair.target_url, str(pair.mapping)]
    done = subprocess.run(  # noqa: S603 (ourselves)
        [sys.executable, "-m", "tests.benchmarks.bench_data_check", "--worker", *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=900,
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


async def measure(server_url: str, rows: int, table: Table) -> None:
    """All lines for one number of rows."""
    with tempfile.TemporaryDirectory() as folder:
        async with scratch_database(server_url) as source, scratch_database(server_url) as target:
            pair = await make_pair(source, target, Path(folder), rows)
            for url in (source, target):
                await execute(url, "CHECKPOINT")
            await _line("clean", "clean", pair, rows, table)
            await execute(target, FEW)
            await _line("three differ", "three differ", pair, rows, table)
            await _line("three differ", "plain keyed merge", pair, rows, table)
            await _line("three differ", "sample of a tenth", pair, rows, table)
            await execute(target, ALL, "VACUUM fills_v3")
            await _line("all differ", "all differ", pair, rows, table)
            await _line("all differ", "plain keyed merge", pair, rows, table)


async def _line(data: str, what: str, pair: Pair, rows: int, table: Table) -> None:
    figures = await asyncio.to_thread(measured, what, pair)
    name = what if what in ("plain keyed merge", "sample of a tenth") else "data check"
    table.add_row(
        f"{rows:,}",
        data,
        name,
        f"{figures['seconds']:.1f}",
        f"{figures['cpu']:.1f}",
        f"{figures['peak_mib']:.0f} ({figures['idle_mib']:.0f} before)",
        f"{figures['found']:.0f}",
    )


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--worker"]:
        worker(sys.argv[2:])
        return
    sizes = [int(it) for it in sys.argv[1:]] or [1_000_000]
    load = os.getloadavg()[0]
    table = Table("rows", "data", "what", "s", "own CPU s", "peak MiB", "found", width=100)
    table.title = f"10 columns, both servers on this machine, load {load:.1f} at the start"
    with embedded.database_url(os.environ) as server_url:
        for rows in sizes:
            asyncio.run(measure(server_url, rows, table))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
