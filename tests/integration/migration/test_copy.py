"""The copy itself: everything arrives, nothing twice, nothing of v2 is written to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot_trading.storage import schema
from legacy_v2.aged import DIRT_KINDS, age
from migration.databases import connect_source, connect_target
from migration.mapping_rules import load_mapping
from migration.rollback import roll_back
from migration.run import catch_up, copy_all
from migration.verify import verify
from readiness.scratch_database import scratch_database
from tests.integration.migration.conftest import MAPPING, V2_TABLES, V3_TABLES, Databases

ROOT = Path(__file__).resolve().parents[3]


def test_every_row_of_a_clean_database_is_copied(databases: Databases) -> None:
    """Without dirt, every row of v2 is in v3 and none is in quarantine."""
    databases.migrate()
    with databases.opened() as sides:
        found = verify(sides)
    assert found.holds
    assert databases.made is not None
    for account in found.accounts:
        assert (
            account.source_rows == account.copied == databases.made.rows[account.flow.split("-")[0]]
        )
    assert databases.number("v3", "SELECT count(*) FROM migration.quarantine") == 0


def test_an_order_of_two_tables_becomes_one_row_with_its_sums(databases: Databases) -> None:
    """An order takes its times from the merged table, and its filled quantity from its trades."""
    databases.migrate()
    rows = databases.execute(
        "v3",
        "SELECT client_order_id, position_idx, origin::text, account, filled_qty, quantity,"
        " status::text, created_at = updated_at FROM orders WHERE client_order_id ="
        " 'v2-000000000001'",
    )
    client_order_id, position_idx, origin, account, filled_qty, quantity, status, _ = rows[0]
    assert (client_order_id, position_idx, origin, account) == ("v2-000000000001", 0, "v2", "v2")
    assert status == "FILLED"
    assert filled_qty == quantity
    total = databases.execute(
        "v2", "SELECT sum(round(quantity::text::numeric, 8)) FROM trades WHERE order_id = 1"
    )
    assert filled_qty == total[0][0]


def test_two_pieces_of_an_order_have_their_weighted_mean(databases: Databases) -> None:
    """The average price of an order is the mean of its trades, weighted by quantity."""
    databases.migrate()
    ours = databases.execute(
        "v2",
        "SELECT order_id, round(sum(price::text::numeric * quantity::text::numeric)"
        " / sum(quantity::text::numeric), 16) FROM trades GROUP BY 1 HAVING count(*) > 1"
        " ORDER BY 1",
    )
    theirs = databases.execute(
        "v3",
        "SELECT k.source_key, o.avg_px FROM migration.key_map AS k JOIN orders AS o"
        " ON o.id = k.target_id WHERE k.flow = 'orders->public.orders' AND k.source_key ="
        " ANY(%s) ORDER BY 1",
        [key for key, _ in ours],
    )
    assert ours
    assert theirs == ours


def test_running_again_changes_nothing(databases: Databases) -> None:
    """A second run leaves every row of v3 and every note as they are."""
    databases.migrate()
    before = databases.content("v3", V3_TABLES)
    assert databases.migrate() == [0]
    assert databases.content("v3", V3_TABLES) == before


def test_v2_is_not_written_to(databases: Databases) -> None:
    """After a whole migration v2 holds the same rows, and PostgreSQL saw no write on its tables."""
    before = databases.content("v2", V2_TABLES)
    xmins = databases.execute("v2", "SELECT id, xmin::text, ctid::text FROM orders ORDER BY id")
    databases.migrate()
    with databases.opened() as sides:
        assert verify(sides).holds
    assert databases.content("v2", V2_TABLES) == before
    assert (
        databases.execute("v2", "SELECT id, xmin::text, ctid::text FROM orders ORDER BY id")
        == xmins
    )


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO config (key, value) VALUES ('a', 'b')",
        "UPDATE orders SET symbol = 'X'",
        "DELETE FROM trades",
        "CREATE TABLE mine (id int)",
        "SELECT nextval('orders_id_seq')",
    ],
)
def test_a_session_on_the_source_cannot_write(databases: Databases, statement: str) -> None:
    """Whatever would change v2 is refused by PostgreSQL itself."""
    with (
        connect_source(databases.v2) as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute(statement)


def test_the_source_stays_read_only_after_an_error(databases: Databases) -> None:
    """A session on the source is read-only in every transaction, not only in its first."""
    with connect_source(databases.v2) as connection:
        for _ in range(2):
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                connection.execute("DELETE FROM trades")
            connection.rollback()


async def test_every_kind_of_dirt_is_kept_with_a_reason(postgres_url: str) -> None:
    """What a row alone can show to be wrong is in quarantine, whole, and each row is accounted."""
    kinds = tuple(kind for kind in DIRT_KINDS if kind != "sequence_behind")
    async with scratch_database(postgres_url) as v2, scratch_database(postgres_url) as v3:
        await schema.upgrade(v3)
        made = age(v2, rows=1_000, seed=5, dirt=kinds, dirt_rows=3)
        both = Databases(v2=v2, v3=v3, made=made)
        both.migrate()
        with both.opened() as sides:
            assert verify(sides).holds
        kept = {
            (table, key): reasons
            for table, key, reasons in both.execute(
                "v3", "SELECT source_table, source_key, reasons FROM migration.quarantine"
            )
        }
        for dirt in made.dirt:
            expected = DIRT_REASONS.get(dirt.dirt)
            if expected is not None:
                table, reason = expected
                key = int(dirt.row_id)
                assert table != dirt.table or reason in str(kept.get((table, key))), dirt
        for kind in ("side_case", "status_case", "float_noise"):
            rows = [dirt for dirt in made.dirt if dirt.dirt == kind]
            assert rows
            assert all((row.table, row.row_id) not in kept for row in rows)


# Kinds that a row alone shows. The others (a shifted clock, a doubled size, a stop on the wrong
# side) need what several rows or the exchange say, and are not the copy's to judge.
DIRT_REASONS = {
    "null_symbol": ("orders", "symbol:missing"),
    "symbol_form": ("orders", "symbol:pattern"),
    "null_side": ("orders", "side:missing"),
    "unknown_side": ("orders", "side:unknown_word"),
    "null_quantity": ("orders", "quantity:missing"),
    "negative_quantity": ("orders", "quantity:sign"),
    "zero_quantity": ("orders", "quantity:sign"),
    "negative_price": ("orders", "price:sign"),
    "null_status": ("orders", "status:missing"),
    "duplicate_order": ("orders", "filled_qty:disagrees"),
    "dust_quantity": ("trades", "last_qty:vanishes"),
    "nan_fee": ("trades", "commission:not_a_number"),
    "null_time": ("trades", "event_at:missing"),
    "orphan_trade": ("trades", "order_id:orphan"),
    "sign_flip": ("trades", "last_qty:sign"),
    "duplicate_trade": ("trades", "trade_id:duplicate"),
    "strength_percent": ("signals", "confidence_ratio:too_large"),
    "orphan_stop": ("sltp_orders", "order_id:orphan"),
}


def test_spellings_and_noise_are_converted_and_remembered(databases: Databases) -> None:
    """`BUY` for `Buy` and a noisy float are copied by meaning; the residue keeps the rest."""
    databases.execute("v2", "UPDATE orders SET side = upper(side) WHERE id = 1")
    databases.execute("v2", "UPDATE trades SET fee = 0.30000000000000004 WHERE id = 3")
    databases.migrate()
    residue: dict[Any, Any] = dict(
        databases.execute(  # type: ignore[arg-type]
            "v3",
            "SELECT flow, residue FROM migration.key_map WHERE residue IS NOT NULL AND"
            " (flow, source_key) IN (('orders->public.orders', 1),"
            " ('trades->migration.v2_trades', 3))",
        )
    )
    sides = databases.execute("v2", "SELECT side FROM orders WHERE id = 1")
    assert residue["orders->public.orders"]["side"] == sides[0][0]
    assert residue["trades->migration.v2_trades"] == {"fee": "0.30000000000000004"}
    fee = databases.execute(
        "v3",
        "SELECT commission::text FROM migration.v2_trades AS t JOIN migration.key_map AS k ON"
        " k.target_id = t.id WHERE k.flow LIKE 'trades%' AND k.source_key = 3",
    )
    assert fee == [("0.300000000000",)]


def test_a_copy_that_is_broken_off_goes_on_where_it_was(databases: Databases) -> None:
    """A copy that fails after any batch leaves whole batches, and the next one brings the rest."""
    clean = None
    for stop_after in (1, 7, 20):
        left = iter(range(stop_after - 1))

        def advance(*_: object, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise KeyboardInterrupt

        with databases.opened() as sides, pytest.raises(KeyboardInterrupt):
            copy_all(sides, batch_rows=50, advance=advance)
        copied = databases.number("v3", "SELECT count(*) FROM orders")
        keys = "SELECT count(*) FROM migration.key_map WHERE flow = 'orders->public.orders'"
        assert copied == databases.number("v3", keys)
    databases.migrate()
    with databases.opened() as sides:
        assert verify(sides).holds
    clean = databases.content("v3", V3_TABLES)
    assert databases.migrate() == [0]
    assert databases.content("v3", V3_TABLES) == clean


def test_two_lanes_copy_what_one_copies(databases: Databases) -> None:
    """Streams at the same time, broken off and begun again, leave the same rows in v3."""
    databases.migrate()
    alone = databases.content("v3", V3_TABLES)
    with connect_target(databases.v3) as target:
        roll_back(target, load_mapping(MAPPING))
    left = iter(range(9))

    def advance(*_: object) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    with databases.opened() as sides, pytest.raises(KeyboardInterrupt):
        copy_all(sides, batch_rows=50, advance=advance, lanes=2)
    with databases.opened() as sides:
        copy_all(sides, batch_rows=50, advance=lambda *_: None, lanes=2)
        assert catch_up(sides, batch_rows=50) == [0]
        assert verify(sides).holds
    assert databases.content("v3", V3_TABLES) == alone


def test_a_killed_process_leaves_whole_batches(databases: Databases) -> None:
    """SIGKILL at any moment loses no row and doubles none: runs go on until all is copied."""
    kills = 0
    for attempt in range(20):
        process = subprocess.Popen(  # noqa: S603 (our own command)
            [
                *(sys.executable, "-m", "migration", "run", "--batch-rows", "50"),
                *("--source", databases.v2, "--target", databases.v3),
            ],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        before = _batches_of(databases)
        while kills < 3 and process.poll() is None:
            if _batches_of(databases) >= before + 2 + attempt:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
                break
            time.sleep(0.01)
        if process.wait(timeout=60) == 0:
            break
    assert kills == 3
    with databases.opened() as sides:
        assert verify(sides).holds
    assert databases.made is not None
    copied = databases.number("v3", "SELECT count(*) FROM migration.key_map")
    assert copied == sum(databases.made.rows.values()) - databases.made.rows["config"]


def _batches_of(databases: Databases) -> int:
    """How many batches' worth of keys is written down."""
    begun = databases.execute("v3", "SELECT to_regclass('migration.key_map') IS NOT NULL")
    if not begun[0][0]:
        return 0
    return databases.number("v3", "SELECT count(*) / 50 FROM migration.key_map")
