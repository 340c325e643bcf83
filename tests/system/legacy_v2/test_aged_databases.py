"""Aged v2 databases in a real PostgreSQL: every row arrives, and every spoiled row is told."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import psycopg
import pytest

from legacy_v2.aged import DIRT, DIRT_KINDS, SEQUENCE_BEHIND, AgedDatabase, DirtyRow
from legacy_v2.aged.cli import main
from legacy_v2.storage import Storage
from readiness.scratch_database import scratch_database
from tests.builders.aged_databases import an_aged_database


def _value(url: str, statement: str, *arguments: object) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement, arguments).fetchone()
    return None if row is None else row[0]


def _count(url: str, table: str) -> object:
    return _value(url, f"SELECT count(*) FROM {table}")  # noqa: S608


async def test_every_table_holds_what_is_told(database_url: str) -> None:
    """The counts that are returned are the counts of the tables, dirt included."""
    made = await an_aged_database(database_url, rows=2_003, dirt=DIRT_KINDS, dirt_rows=3)
    assert made.rows["orders"] == 2_003 + 3
    assert made.rows["trades"] == 2_000 + 3
    for table, count in made.rows.items():
        assert _count(database_url, table) == count
    open_rows = _value(database_url, "SELECT sum(is_open) FROM positions WHERE closed_at IS NULL")
    assert open_rows == made.open_positions == 3
    resting = _value(database_url, "SELECT count(*) FROM orders WHERE status = 'New'")
    assert resting == made.live_orders == 0


async def test_a_tail_of_ten_holds_resting_orders(database_url: str) -> None:
    """After whole blocks three positions stay open and seven orders rest."""
    made = await an_aged_database(database_url, rows=50)
    resting = _value(database_url, "SELECT count(*) FROM orders WHERE status = 'New'")
    assert (made.open_positions, made.live_orders, resting) == (3, 7, 7)


@pytest.mark.parametrize("kind", DIRT)
async def test_each_kind_of_dirt_is_where_it_is_told(database_url: str, kind: str) -> None:
    """A spoiled row holds the dirty value; it differs from the clean one; there are as many as
    asked for, and all other rows are those of the clean database."""
    made = await an_aged_database(database_url, rows=300, dirt=(kind,), dirt_rows=4)
    assert len(made.dirt) == 4
    assert len({row.row_id for row in made.dirt}) == 4
    for row in made.dirt:
        assert (row.dirt, row.table) == (kind, DIRT[kind].table)
        assert row.clean != row.dirty
        _expect_told(database_url, row, DIRT[kind].adds)


def _expect_told(url: str, row: DirtyRow, adds: int) -> None:
    there = _value(url, f"SELECT count(*) FROM {row.table} WHERE id = %s", row.row_id)  # noqa: S608
    assert there == (0 if adds < 0 else 1)
    if adds > 0:
        assert row.clean is None
        original = _value(url, f"SELECT 1 FROM {row.table} WHERE id = %s", row.dirty)  # noqa: S608
        assert original == 1
    if adds == 0:
        statement = f"SELECT {row.column}::text FROM {row.table} WHERE id = %s"  # noqa: S608
        assert _value(url, statement, row.row_id) == row.dirty


async def test_dirt_spoils_nothing_beside_it(postgres_url: str, database_url: str) -> None:
    """Without its spoiled rows a dirty database equals the clean one of the same seed."""
    kinds = tuple(kind for kind in DIRT if DIRT[kind].adds == 0)
    made = await an_aged_database(database_url, rows=1_000, dirt=kinds, dirt_rows=5)
    spoiled = {(row.table, row.row_id) for row in made.dirt}
    async with scratch_database(postgres_url) as clean_url:
        clean = await an_aged_database(clean_url, rows=1_000)
        assert clean.dirt == ()
        for table in ("orders", "exchange_orders", "trades", "signals", "sltp_orders", "positions"):
            differing = _rows(database_url, table) ^ _rows(clean_url, table)
            assert {(table, row_id) for row_id, _ in differing} == {
                key for key in spoiled if key[0] == table
            }


def _rows(url: str, table: str) -> set[tuple[int, str]]:
    with psycopg.connect(url) as connection:
        return set(connection.execute(f"SELECT t.id, t::text FROM {table} t").fetchall())  # noqa: S608


async def test_no_two_kinds_spoil_one_round_trip(database_url: str) -> None:
    """Each spoiled order is spoiled once, so that every finding has one cause."""
    kinds = tuple(kind for kind in DIRT if DIRT[kind].table == "orders" and not DIRT[kind].adds)
    made = await an_aged_database(database_url, rows=1_000, dirt=kinds, dirt_rows=9)
    assert len({row.row_id for row in made.dirt}) == len(made.dirt) == 9 * len(kinds)


async def test_a_new_order_gets_the_next_id(database_url: str) -> None:
    """Sequences stand where the rows end; `sequence_behind` lets the next insert fail."""
    await an_aged_database(database_url, rows=30)
    insert = "INSERT INTO orders (symbol) VALUES ('BTCUSDT') RETURNING id"
    assert _value(database_url, insert) == 31


async def test_a_sequence_behind_gives_ids_out_twice(database_url: str) -> None:
    """`sequence_behind` is told with the value that the sequence had, and makes inserts fail."""
    made = await an_aged_database(database_url, rows=30, dirt=(SEQUENCE_BEHIND,))
    assert [(row.clean, row.dirty) for row in made.dirt] == [("30", "1")]
    with pytest.raises(psycopg.errors.UniqueViolation):
        _value(database_url, "INSERT INTO orders (symbol) VALUES ('BTCUSDT') RETURNING id")


async def test_v2_may_live_in_a_schema_of_its_own(database_url: str) -> None:
    """An address with a search path puts the tables there, beside an `orders` of somebody else."""
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE SCHEMA v2")
        connection.execute("CREATE TABLE orders (id uuid)")
    own = f"{database_url}{'&' if '?' in database_url else '?'}options=-csearch_path%3Dv2"
    made = await an_aged_database(own, rows=40, dirt=(SEQUENCE_BEHIND,))
    assert _count(database_url, "v2.orders") == made.rows["orders"] == 40
    assert _count(database_url, "public.orders") == 0
    storage = await asyncio.to_thread(Storage, own)
    assert len(storage.load_holdings()) == made.open_positions
    storage.close()


async def test_trades_explain_every_wallet(database_url: str) -> None:
    """In SQL too: each balance is the deposit with all results up to it, less the fees."""
    await an_aged_database(database_url, rows=3_001)
    wrong = _value(
        database_url,
        """
        SELECT count(*) FROM balances b WHERE b.wallet_balance::numeric <> 100000 + (
            SELECT sum(t.realized_pnl::numeric - t.fee::numeric) FROM trades t
            WHERE t.order_id <= b.id * 10)
        """,
    )
    assert wrong == 0


def _run(*arguments: str) -> int:
    return main([*arguments])


async def test_the_command_writes_what_it_made(database_url: str, tmp_path: Path) -> None:
    """`--json` holds the counts, and each spoiled row with its clean and its dirty value."""
    file = tmp_path / "aged.json"
    arguments = ("--database-url", database_url, "--rows", "500", "--seed", "3")
    dirt = ("--dirt", "null_symbol,side_case", "--dirt-rows", "2", "--json", str(file))
    assert await asyncio.to_thread(_run, *arguments, *dirt) == 0
    told = json.loads(file.read_text("utf-8"))
    assert told["rows"]["orders"] == 500
    assert [row["dirt"] for row in told["dirt"]] == ["null_symbol"] * 2 + ["side_case"] * 2
    assert set(told) == set(AgedDatabase.__dataclass_fields__)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--rows", "0"), "--rows 0: expected at least 1 order"),
        (("--rows", "9", "--seed", "-1"), "--seed -1: expected 0 or more"),
        (("--rows", "9", "--dirt", "mud"), "--dirt mud: unknown; known are null_symbol"),
        (("--rows", "9", "--dirt", "null_side,null_side"), "each kind once"),
        (("--rows", "9", "--dirt", "null_side"), "hold 0: ask for more rows or less dirt"),
        (("--rows", "9", "--time-zone", "Mars/Base"), "--time-zone Mars/Base: not a zone"),
    ],
)
async def test_what_cannot_be_used_is_named(
    database_url: str,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    """Bad arguments end with one sentence, exit code 2, and an empty database."""
    code = await asyncio.to_thread(_run, "--database-url", database_url, *arguments)
    assert code == 2
    assert sentence in capsys.readouterr().err
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert _value(database_url, tables) == 0


async def test_a_database_that_holds_something_is_left_alone(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tables that are there already are refused, and stay as they were."""
    await an_aged_database(database_url, rows=20)
    code = await asyncio.to_thread(_run, "--database-url", database_url, "--rows", "30")
    assert code == 2
    assert "the database is not empty" in capsys.readouterr().err
    assert _count(database_url, "orders") == 20


def test_a_server_that_is_away_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No server and no address at all are one sentence each."""
    nobody = f"postgresql://nobody@/none?host={tmp_path}"
    assert _run("--database-url", nobody, "--rows", "5") == 2
    assert "the database could not be filled" in capsys.readouterr().err
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert _run("--rows", "5") == 2
    assert "give --database-url or set DATABASE_URL" in capsys.readouterr().err
