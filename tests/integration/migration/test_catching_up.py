"""What v2 writes while it is copied reaches v3: added, changed, removed, and judged otherwise."""

from __future__ import annotations

import threading

import psycopg
import pytest

from migration.cutover import frozen
from migration.errors import MigrationError
from migration.run import catch_up, copy_all
from migration.verify import verify
from tests.integration.migration.conftest import BATCH_ROWS, V3_TABLES, Databases

NEW_ORDER = (
    "WITH made AS (INSERT INTO orders (symbol, side, quantity, price, status)"
    " VALUES ('BTCUSDT', 'Buy', 0.5, 100, 'New') RETURNING id)"
    " INSERT INTO exchange_orders (order_id, exchange_order_id, order_type, reason)"
    " SELECT id, 'fresh-' || id, 'Limit', 'entry' FROM made"
)


def _verified(databases: Databases) -> bool:
    with databases.opened() as sides:
        return verify(sides).holds


@pytest.mark.parametrize(
    "statement",
    [
        NEW_ORDER,
        "UPDATE orders SET price = price + 1 WHERE id IN (5, 6)",
        "UPDATE exchange_orders SET error = 'late word' WHERE order_id = 7",
        "DELETE FROM trades WHERE order_id = 1",
        "DELETE FROM signals",
        "DELETE FROM balances WHERE id > 30",
        "UPDATE orders SET symbol = NULL WHERE id = 1",
        "INSERT INTO trades (order_id, trade_id, symbol, side, quantity, price, fee, realized_pnl,"
        " is_maker, executed_at) VALUES (999999, 'stray', 'BTCUSDT', 'Buy', 1, 1, 0, 0, 0, now())",
        "UPDATE config SET value = 'other'",
        "DELETE FROM config",
        "UPDATE trades SET id = id + 100000 WHERE id < 20",
    ],
)
def test_a_change_of_v2_reaches_v3(databases: Databases, statement: str) -> None:
    """After a change of v2, verification fails, a run mends it, and another one is quiet."""
    databases.migrate()
    databases.execute("v2", statement)
    assert not _verified(databases)
    assert databases.migrate()[0] > 0
    assert _verified(databases)
    assert databases.migrate() == [0]


def test_a_row_that_gets_dirty_takes_its_children_along(databases: Databases) -> None:
    """An order that goes into quarantine draws what points to it, and gives it back when mended."""
    databases.migrate()
    clean = databases.content("v3", V3_TABLES)
    side = databases.execute("v2", "SELECT side FROM orders WHERE id = 1")[0][0]
    databases.execute("v2", "UPDATE orders SET side = 'sideways' WHERE id = 1")
    databases.migrate()
    kept = databases.execute(
        "v3",
        "SELECT DISTINCT source_table, reasons[1] FROM migration.quarantine ORDER BY 1, 2",
    )
    assert kept == [
        ("exchange_orders", "order_id:parent"),
        ("orders", "side:unknown_word"),
        ("signals", "order_id:parent"),
        ("sltp_orders", "order_id:parent"),
        ("trades", "order_id:parent"),
    ]
    databases.execute("v2", "UPDATE orders SET side = %s WHERE id = 1", side)
    databases.migrate()
    assert databases.content("v3", V3_TABLES) == clean


def test_writes_during_the_copy_are_caught_up(databases: Databases) -> None:
    """A v2 that trades on while it is copied ends up whole in v3."""

    def write(*_: object) -> None:
        databases.execute("v2", NEW_ORDER)
        databases.execute("v2", "UPDATE orders SET status = 'Cancelled' WHERE status = 'New'")

    with databases.opened() as sides:
        copy_all(sides, batch_rows=BATCH_ROWS, advance=write)
        assert sum(catch_up(sides, batch_rows=BATCH_ROWS)) > 0
    assert _verified(databases)


def test_a_restless_source_is_told(databases: Databases) -> None:
    """A v2 that changes faster than it is read is not followed for ever."""
    databases.migrate()
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            databases.execute("v2", "UPDATE orders SET price = price + 1")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with (
            databases.opened() as sides,
            pytest.raises(MigrationError, match="let it rest, or freeze it"),
        ):
            catch_up(sides, batch_rows=50)
    finally:
        ended.set()
        writer.join()
    databases.migrate()
    assert _verified(databases)


def test_many_changes_come_in_batches(databases: Databases) -> None:
    """When every row has changed, each round still brings all of them, a batch at a time."""
    databases.migrate()
    databases.execute("v2", "UPDATE orders SET price = price + 1")
    with databases.opened() as sides:
        assert catch_up(sides, batch_rows=50) == [600, 0]
    assert _verified(databases)


def test_a_frozen_v2_can_be_read_and_not_written(databases: Databases) -> None:
    """Within the freeze nobody writes to v2, everybody reads, and afterwards all is as before."""
    with databases.opened() as sides, frozen(sides, databases.v2):
        assert databases.number("v2", "SELECT count(*) FROM orders") == 600
        with pytest.raises(psycopg.errors.LockNotAvailable):
            databases.execute("v2", "SET lock_timeout = '200ms'; DELETE FROM trades")
    databases.execute("v2", "DELETE FROM trades WHERE id = 1")


def test_a_writer_that_does_not_end_keeps_v2_from_being_frozen(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open transaction of v2 that has written is told, after a bounded wait."""
    monkeypatch.setattr("migration.cutover.LOCK_TIMEOUT", "200ms")
    with psycopg.connect(databases.v2) as writer, databases.opened() as sides:
        writer.execute("DELETE FROM trades WHERE id = 1")
        with (
            pytest.raises(MigrationError, match="could not be frozen"),
            frozen(sides, databases.v2),
        ):
            pass
        writer.rollback()
