"""The locks of migrations, measured on a copy: real steps, planted hazards, live sizes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from readiness.check import Severity
from readiness.schema.locks import (
    HeldLock,
    StepLocks,
    evidence_of,
    findings_of,
    measure_locks,
    steps_of,
)
from readiness.scratch_database import scratch_database

ROOT = Path(__file__).resolve().parents[4]
TABLE = "CREATE TABLE orders (id int PRIMARY KEY, price numeric(20, 8), note text)"


@pytest.fixture
async def copy(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """An empty database to carry migrations out on."""
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()


async def test_the_real_migrations_are_measured_one_by_one(copy: asyncpg.Connection) -> None:
    """Each revision is a step of its own; the third one changes keys of tables in use."""
    steps = steps_of(ROOT / "bot_trading/storage/migrations")
    assert [revision for revision, _ in steps][:3] == ["0001", "0002", "0003"]
    measured = {it.revision: it for it in await measure_locks(copy, steps)}
    assert measured["0001"].locks == ()
    taken = {(it.table, it.mode) for it in measured["0003"].locks}
    assert {("fills", "AccessExclusiveLock"), ("orders", "ShareLock")} <= taken


@pytest.mark.parametrize(
    ("statement", "mode", "is_rewrite"),
    [
        ("ALTER TABLE orders ALTER price TYPE double precision", "AccessExclusiveLock", True),
        ("ALTER TABLE orders ADD COLUMN extra int", "AccessExclusiveLock", False),
        ("CREATE INDEX by_price ON orders (price)", "ShareLock", False),
        (
            "CREATE TABLE fills (order_id int REFERENCES orders)",
            "ShareRowExclusiveLock",
            False,
        ),
    ],
)
async def test_a_hazard_is_seen_with_its_lock(
    statement: str, mode: str, is_rewrite: bool, copy: asyncpg.Connection
) -> None:
    """The lock and the rewriting are the server's own word, on the table that was there before."""
    _, step = await measure_locks(copy, [("1", TABLE), ("2", statement)])
    found = {(it.table, it.mode, it.is_rewrite) for it in step.locks}
    assert ("orders", mode, is_rewrite) in found
    assert "not scaled, since the copy has no rows" in evidence_of(step).measured
    assert findings_of(step) == ()


async def test_what_blocks_nobody_is_not_a_hazard(copy: asyncpg.Connection) -> None:
    """A new table, and rows written into an old one, hold nobody up."""
    _, step = await measure_locks(
        copy, [("1", TABLE), ("2", "CREATE TABLE x (a int); INSERT INTO orders VALUES (1)")]
    )
    assert step.locks == ()
    assert evidence_of(step).measured == "none that blocks readers or writers"


async def test_live_rows_are_copied_and_scale_the_time(
    copy: asyncpg.Connection, postgres_url: str
) -> None:
    """The copy holds rows of the live table, and the live table's size is told beside them."""
    async with scratch_database(postgres_url) as url:
        live = await asyncpg.connect(url)
        await live.execute(TABLE)
        await live.execute("INSERT INTO orders SELECT i, i, 'n' FROM generate_series(1, 25000) i")
        change = "ALTER TABLE orders ALTER price TYPE double precision"
        _, step = await measure_locks(copy, [("1", TABLE), ("2", change)], live)
        await live.close()
    held = {(it.copy_rows, it.live_rows) for it in step.locks}
    assert held == {(20_000, 25_000)}
    (estimate,) = {it.estimate_s for it in step.locks}
    assert estimate == pytest.approx(step.took_s * 1.25)


def test_a_lock_that_would_be_held_for_long_is_a_finding() -> None:
    """Longer than a second: who is blocked, for how long, and how to do without."""
    lock = HeldLock(
        table="orders",
        mode="ShareLock",
        command="CREATE INDEX",
        is_rewrite=False,
        copy_rows=20_000,
        live_rows=10_000_000,
        estimate_s=12.4,
    )
    (finding,) = findings_of(StepLocks(revision="0009", took_s=0.02, locks=(lock,)))
    assert finding.severity is Severity.HIGH
    assert "migration 0009 blocks writers of orders for about 12 s" in finding.message
