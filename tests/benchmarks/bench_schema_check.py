"""What the schema comparison finds of planted differences, and what it costs, printed.

Run by hand: `python -m tests.benchmarks.bench_schema_check`, against the bundled PostgreSQL or
DATABASE_URL's, in a scratch database. Each difference is planted in a transaction and rolled back.
"""

from __future__ import annotations

import asyncio
import os
import time

import asyncpg
from rich.console import Console
from rich.table import Table

from bot_trading.storage import embedded
from readiness.schema.difference import compare_snapshots
from readiness.schema.snapshot import read_snapshot
from readiness.scratch_database import scratch_database
from tests.unit.readiness.schema.planted import PLANTED, SCHEMA


async def measure(server_url: str, table: Table) -> None:
    """One row per planted difference, and one for two equal schemas."""
    async with scratch_database(server_url) as url:
        connection = await asyncpg.connect(url)
        await connection.execute(SCHEMA)
        began = time.perf_counter()
        expected = await read_snapshot(connection)
        took_ms = (time.perf_counter() - began) * 1e3
        again = compare_snapshots(expected, await read_snapshot(connection))
        right = 0
        for statement, place, severity in PLANTED:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(statement)
            found = compare_snapshots(expected, await read_snapshot(connection))
            await transaction.rollback()
            told = {f"{it.place.kind} {it.place.name}": it.severity for it in found}
            right += told.get(place) is severity
            table.add_row(place, severity, told.get(place, "not found"))
        await connection.close()
    table.add_row("two equal schemas", "0 differences", f"{len(again)} differences")
    table.add_row("in all", f"{len(PLANTED)} planted", f"{right} found at the right severity")
    table.add_row("one snapshot", f"{len(expected)} objects", f"{took_ms:.0f} ms")


def main() -> None:
    """Print the table."""
    table = Table("planted in", "severity", "told", width=100)
    with embedded.database_url(os.environ) as server_url:
        asyncio.run(measure(server_url, table))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
