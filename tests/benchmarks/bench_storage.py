"""What a commit costs, printed: signal + order + order event, as before each send of an entry.

Run by hand: `python -m tests.benchmarks.bench_storage [commits]`. Against the bundled PostgreSQL
over its unix socket, or DATABASE_URL's, in a scratch database; durability as configured there.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable

import asyncpg
import uvloop
from rich.console import Console
from rich.table import Table

from bot_trading.domain.messages import Record
from bot_trading.domain.order import OrderStatus
from bot_trading.storage import embedded, schema
from bot_trading.storage.batches import encode_commit
from bot_trading.storage.database import Database
from bot_trading.storage.memory import MemoryStore
from readiness.scratch_database import scratch_database
from tests.integration.storage import samples

WARM_UP = 200
IDLE_S = 0.005

Call = Callable[[int], Awaitable[object]]


def entry(number: int) -> list[Record]:
    """The rows that are committed before an entry is sent."""
    name = f"o{number}"
    moment = samples.T0 + number
    signal = samples.signal(signal_id=name, ts_event_us=moment)
    order = samples.order(
        client_order_id=name, signal_id=name, ts_created_us=moment, ts_updated_us=moment
    )
    return samples.records(signal, order, ts_init_us=moment)


def filled(number: int) -> list[Record]:
    """The rows of a fill that completes an order: the order, the fill, the leg."""
    name, moment = f"o{number}", samples.T0 + number + 1
    order = samples.order(
        client_order_id=name,
        signal_id=name,
        status=OrderStatus.FILLED,
        filled_qty=samples.order().quantity,
        ts_created_us=moment - 1,
        ts_updated_us=moment,
    )
    fill = samples.fill(client_order_id=name, trade_id=name, ts_event_us=moment)
    return samples.records(order, fill, samples.leg(ts_updated_us=moment), ts_init_us=moment)


async def timed(call: Call, count: int, idle_s: float = 0.0) -> list[float]:
    """Microseconds of `count` calls, one after the other, after a warm-up."""
    spans: list[float] = []
    for number in range(count):
        started = time.perf_counter()
        await call(number)
        spans.append((time.perf_counter() - started) * 1e6)
        if idle_s:
            await asyncio.sleep(idle_s)
    return sorted(spans[min(WARM_UP, count // 10) :])


async def encode(number: int) -> None:
    """Our own part of a commit: rows checked and encoded, nothing sent."""
    encode_commit("main", entry(number))


async def measure(url: str, count: int) -> list[tuple[str, list[float]]]:
    """Each line of the table: what was called, and its spans."""
    await schema.upgrade(url)
    connection = await asyncpg.connect(url)
    name = await connection.fetchval("SELECT quote_ident(current_database())")
    await connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = on")
    await connection.close()
    plain = await asyncpg.connect(url)
    insert = "INSERT INTO balances VALUES ('bare', 'x', 'y', 1, 1, 1, clock_timestamp())"
    database, memory = Database(url), MemoryStore()
    await database.open("main")
    await memory.open("main")
    lines = [
        ("floor: select 1", await timed(lambda _: plain.fetchval("SELECT 1"), count)),
        ("floor: one bare insert", await timed(lambda _: plain.fetchval(insert), count)),
        ("our part: check and encode", await timed(encode, count)),
        ("signal + order + event", await timed(lambda n: database.commit(entry(n)), count)),
        ("order + event + fill + leg", await timed(lambda n: database.commit(filled(n)), count)),
        (
            f"signal + order + event, after {IDLE_S * 1e3:.0f} ms idle",
            await timed(lambda n: database.commit(entry(count + n)), min(count, 1_000), IDLE_S),
        ),
        ("memory: signal + order + event", await timed(lambda n: memory.commit(entry(n)), count)),
    ]
    await database.close()
    await plain.close()
    return lines


async def run(server_url: str, count: int) -> None:
    """Measure in a scratch database and print the table."""
    async with scratch_database(server_url) as url:
        lines = await measure(url, count)
    table = Table(title="Commit, synchronous_commit = on (µs)")
    for heading in ("what", "n", "p50", "p99"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for what, spans in lines:
        p50, p99 = spans[len(spans) // 2], spans[len(spans) * 99 // 100]
        table.add_row(what, str(len(spans)), f"{p50:.0f}", f"{p99:.0f}")
    Console(width=100).print(table)


def main() -> None:
    """Bring the server up, then measure."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    with embedded.database_url(os.environ) as server_url:
        uvloop.run(run(server_url, count))


if __name__ == "__main__":
    main()
