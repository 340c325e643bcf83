"""The schema in a real PostgreSQL: migrations both ways, equal to the metadata, and guards."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import sqlalchemy as sa

from bot_trading.errors import StoreError, StoreUnavailable
from bot_trading.storage import schema
from bot_trading.storage.database import Database
from bot_trading.storage.tables import metadata

ROOT = Path(__file__).parents[3]
COLUMNS_QUERY = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
    a.attidentity::text, pg_get_expr(d.adbin, d.adrelid) AS default_value
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
    AND NOT a.attisdropped ORDER BY c.relname, a.attnum"""
CONSTRAINTS_QUERY = """
SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 ORDER BY 1, 2"""
INDEXES_QUERY = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
ENUMS_QUERY = """
SELECT typname, array_agg(enumlabel::text ORDER BY enumsortorder)
FROM pg_enum JOIN pg_type t ON t.oid = enumtypid GROUP BY typname ORDER BY 1"""
OTHERS_QUERY = """
SELECT relkind, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
    AND relkind NOT IN ('r', 'i') ORDER BY 1, 2"""
QUERIES = (COLUMNS_QUERY, CONSTRAINTS_QUERY, INDEXES_QUERY, ENUMS_QUERY, OTHERS_QUERY)


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A plain connection to the test's own database."""
    made = await asyncpg.connect(database_url)
    yield made
    await made.close()


async def catalogue(connection: asyncpg.Connection) -> list[list[tuple[object, ...]]]:
    """Everything that the catalogue says of our tables; Alembic's own table is not one of them."""
    return [
        [tuple(row) for row in await connection.fetch(query) if "alembic_version" not in str(row)]
        for query in QUERIES
    ]


def ddl_of_metadata() -> str:
    """The statements by which SQLAlchemy would make the tables."""
    statements: list[str] = []

    def collect(statement: sa.schema.ExecutableDDLElement, *_: object, **__: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)))

    engine = sa.create_mock_engine("postgresql+asyncpg://", collect)
    metadata.create_all(engine, checkfirst=False)
    return ";\n".join(statements)


async def test_migrations_lead_to_what_the_metadata_says(
    database_url: str, connection: asyncpg.Connection
) -> None:
    """Column by column, check by check, the catalogue of both ways is the same."""
    await schema.upgrade(database_url)
    migrated = await catalogue(connection)
    await schema.downgrade(database_url, "base")
    await connection.execute(ddl_of_metadata())
    declared = await catalogue(connection)
    for by_migrations, by_metadata in zip(migrated, declared, strict=True):
        assert by_migrations == by_metadata
    assert len(migrated[0]) > 150


async def test_up_down_and_up_again(database_url: str, connection: asyncpg.Connection) -> None:
    """Each revision can be left and entered again; "base" leaves nothing behind."""
    empty = await catalogue(connection)
    assert await schema.current_revision(database_url) is None
    assert await schema.upgrade(database_url) == schema.head_revision()
    first = await catalogue(connection)
    await schema.downgrade(database_url, "0001")
    assert await schema.current_revision(database_url) == "0001"
    await schema.upgrade(database_url)
    assert await catalogue(connection) == first
    await schema.downgrade(database_url, "base")
    assert await schema.current_revision(database_url) is None
    assert await catalogue(connection) == empty
    await schema.downgrade(database_url, "base")
    await schema.upgrade(database_url)
    assert await catalogue(connection) == first
    assert await schema.current_revision(database_url) == schema.head_revision()


async def test_orders_is_the_users_table_to_the_letter(
    database_url: str, connection: asyncpg.Connection
) -> None:
    """The columns of the user's document come first, with its types, NULLs and defaults."""
    await schema.upgrade(database_url)
    rows = await connection.fetch(COLUMNS_QUERY)
    told = [tuple(row)[1:] for row in rows if row["relname"] == "orders"][:11]
    assert told == [
        ("id", "uuid", True, "", "gen_random_uuid()"),
        ("symbol", "character varying(20)", True, "", None),
        ("side", "order_side_enum", True, "", None),
        ("quantity", "numeric(20,8)", True, "", None),
        ("price", "numeric(20,8)", False, "", None),
        ("status", "order_status_enum", True, "", None),
        ("position_idx", "integer", False, "", "0"),
        ("reduce_only", "boolean", False, "", "false"),
        ("time_in_force", "character varying(10)", False, "", None),
        ("created_at", "timestamp with time zone", False, "", "now()"),
        ("updated_at", "timestamp with time zone", False, "", "now()"),
    ]
    indexes = {name: text for name, text in await connection.fetch(INDEXES_QUERY)}
    assert indexes["idx_orders_symbol_status"].endswith("btree (symbol, status)")
    assert indexes["idx_orders_created_at"].endswith("btree (created_at DESC)")
    checks = [row[3] for row in await connection.fetch(CONSTRAINTS_QUERY) if row[0] == "orders"]
    assert "CHECK ((quantity > (0)::numeric))" in checks
    assert "PRIMARY KEY (id)" in checks


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("quantity = 0", "orders_quantity_check"),
        ("quantity = 'NaN'", "orders_quantity_number_check"),
        ("position_idx = 0", "orders_position_idx_leg_check"),
        ("position_idx = DEFAULT", "orders_position_idx_leg_check"),
        ("position_idx = 3", "orders_position_idx_leg_check"),
        ("position_idx = NULL", "orders_present_check"),
        ("reduce_only = NULL", "orders_present_check"),
        ("updated_at = NULL", "orders_present_check"),
        ("price = 0", "orders_price_check"),
        ("stop_loss = 'NaN'", "orders_stop_loss_check"),
        ("avg_px = 'Infinity'", "orders_avg_px_check"),
        ("filled_qty = -1", "orders_filled_qty_check"),
        ("commission = 'NaN'", "orders_commission_check"),
        ("client_order_id = ''", "orders_client_order_id_check"),
    ],
)
async def test_the_database_itself_refuses_impossible_orders(
    database_url: str, connection: asyncpg.Connection, change: str, rule: str
) -> None:
    """Whoever writes past the bot meets the same rules, a forgotten leg above all."""
    await schema.upgrade(database_url)
    await connection.execute(
        "INSERT INTO orders (symbol, side, quantity, status, position_idx, account, exchange,"
        " client_order_id, order_type, origin, purpose) VALUES ('BTCUSDT', 'BUY', 1, 'ACCEPTED', 1,"
        " 'main', 'bybit', 'o1', 'MARKET', 'v3', 'ENTRY')"
    )
    with pytest.raises(asyncpg.CheckViolationError, match=rule):
        await connection.execute(f"UPDATE orders SET {change}")  # noqa: S608
    await connection.execute("UPDATE orders SET origin = 'v2', position_idx = DEFAULT")


async def test_two_processes_that_upgrade_together_do_it_once(database_url: str) -> None:
    """An advisory lock puts upgrades in a row: all end at the head, none fails."""
    code = "import asyncio, sys; from bot_trading.storage.schema import upgrade;"
    code += "print(asyncio.run(upgrade(sys.argv[1])))"
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, database_url, stdout=asyncio.subprocess.PIPE, cwd=ROOT
        )
        for _ in range(2)
    ]
    told = await asyncio.gather(*(p.communicate() for p in processes))
    revisions = [output.decode().strip() for output, _ in told]
    assert revisions == [schema.head_revision()] * 2
    assert await asyncio.gather(*(schema.upgrade(database_url) for _ in range(4)))


async def test_a_database_of_a_newer_release_is_left_alone(
    database_url: str, connection: asyncpg.Connection
) -> None:
    """An unknown revision is named in one sentence, and neither way nor the store goes on."""
    await schema.upgrade(database_url)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for call in (
        schema.upgrade(database_url),
        schema.downgrade(database_url, "base"),
        Database(database_url).open("main"),
    ):
        with pytest.raises(StoreError, match=r"'9999'.*newer release"):
            await call
    assert await connection.fetchval("SELECT count(*) FROM orders") == 0


async def test_an_older_schema_is_named_before_trading(database_url: str) -> None:
    """A store does not open on a database that was not upgraded, or never migrated."""
    with pytest.raises(StoreError, match="revision none, this release needs"):
        await Database(database_url).open("main")
    await schema.upgrade(database_url)
    await schema.downgrade(database_url, "0001")
    with pytest.raises(StoreError, match="revision 0001, this release needs"):
        await Database(database_url).connect()
    with pytest.raises(StoreError, match="does not know"):
        await schema.downgrade(database_url, "nonsense")


async def test_tables_of_somebody_else_are_not_touched(
    database_url: str, connection: asyncpg.Connection
) -> None:
    """A v2 database given by mistake stays as it was: the step is whole or absent."""
    await connection.execute("CREATE TABLE fills (id serial)")
    before = await catalogue(connection)
    with pytest.raises(StoreError, match=r"fills.*database of its own"):
        await schema.upgrade(database_url)
    assert await catalogue(connection) == before


async def test_a_server_that_is_not_there_is_named() -> None:
    """No server, no database, a wrong scheme: one sentence each, and no password in it."""
    with pytest.raises(StoreUnavailable, match="not available"):
        await schema.upgrade("postgresql://u:secret@/db?host=/nowhere&port=1")
    with pytest.raises(StoreError) as refused:
        await schema.upgrade("mysql://u:secret@localhost/db")
    assert "secret" not in str(refused.value)


async def test_a_missing_database_is_named(database_url: str) -> None:
    """A database that does not exist is said to be missing, by its name."""
    url = urlunsplit(urlsplit(database_url)._replace(path="/not_there"))
    with pytest.raises(StoreError, match="not_there"):
        await schema.current_revision(url)


async def test_the_other_side_of_a_trade_finds_its_place_and_is_not_dropped(
    database_url: str, connection: asyncpg.Connection
) -> None:
    """Fills of an older release are kept on the way up and down; a database that holds both sides
    stays as it is rather than lose one."""
    await schema.upgrade(database_url)
    await schema.downgrade(database_url, "0008")
    await connection.execute(
        "INSERT INTO orders (symbol, side, quantity, status, position_idx, account, exchange,"
        " client_order_id, order_type, origin, purpose) VALUES"
        " ('BTCUSDT', 'BUY', 1, 'FILLED', 1, 'main', 'binance', 'o1', 'MARKET', 'v3', 'ENTRY'),"
        " ('BTCUSDT', 'SELL', 1, 'FILLED', 2, 'main', 'binance', 'o2', 'LIMIT', 'v3', 'ENTRY')"
    )
    insert = (
        "INSERT INTO fills (account, exchange, symbol, position_idx, trade_id, client_order_id,"
        " exchange_order_id, side, last_qty, last_px, commission, liquidity_side, event_at) VALUES "
    )
    bought = "('main', 'binance', 'BTCUSDT', 1, '7', 'o1', 'x1', 'BUY', 1, 9, 0, 'TAKER', now())"
    sold = "('main', 'binance', 'BTCUSDT', 2, '7', 'o2', 'x2', 'SELL', 1, 9, 0, 'MAKER', now())"
    sides = "SELECT string_agg(side::text, ' ' ORDER BY side) FROM fills"
    await connection.execute(insert + bought)
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute(insert + sold)
    await schema.upgrade(database_url)
    assert await connection.fetchval(sides) == "BUY"
    await connection.execute(insert + sold)
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute(insert + sold)
    with pytest.raises(StoreError):
        await schema.downgrade(database_url, "0008")
    assert await connection.fetchval(sides) == "BUY SELL"
    assert await schema.current_revision(database_url) == "0009"
    await connection.execute("DELETE FROM fills WHERE side = 'SELL'")
    await schema.downgrade(database_url, "0008")
    assert await connection.fetchval(sides) == "BUY"


async def test_an_account_that_traded_before_has_begun_with_its_first_fact(
    database_url: str, connection: asyncpg.Connection
) -> None:
    """A new release takes neither older fills of strangers for its own, nor its own for theirs."""
    await schema.upgrade(database_url)
    await schema.downgrade(database_url, "0002")
    await connection.execute(
        "INSERT INTO orders (symbol, side, quantity, status, position_idx, account, exchange,"
        " client_order_id, order_type, origin, purpose, created_at) VALUES"
        " ('BTCUSDT', 'BUY', 1, 'FILLED', 1, 'main', 'bybit', 'o1', 'MARKET', 'v3', 'ENTRY',"
        " '2026-01-01 12:00Z'), ('BTCUSDT', 'BUY', 1, 'ACCEPTED', 1, 'idle', 'bybit', 'o2',"
        " 'MARKET', 'foreign', 'UNKNOWN', '2026-01-01 09:00Z')"
    )
    await connection.execute(
        "INSERT INTO fills (account, exchange, symbol, position_idx, trade_id, client_order_id,"
        " exchange_order_id, side, last_qty, last_px, commission, liquidity_side, event_at) VALUES"
        " ('main', 'bybit', 'BTCUSDT', 1, 't1', 'o1', 'x1', 'BUY', 1, 9, 0, 'TAKER',"
        " '2026-01-01 12:00:01Z')"
    )
    await schema.upgrade(database_url)
    rows = await connection.fetch("SELECT account, exchange, ours_from FROM account_beginnings")
    begun = datetime(2026, 1, 1, 11, 59, tzinfo=UTC)
    assert [tuple(row) for row in rows] == [("main", "bybit", begun)]


async def test_going_back_is_refused_whole_where_a_key_would_lose_trades(
    database_url: str, connection: asyncpg.Connection
) -> None:
    """The old key cannot hold one trade id of two symbols: nothing is dropped to make it fit."""
    await schema.upgrade(database_url)
    await connection.execute(
        "INSERT INTO funding_payments (account, exchange, symbol, position_idx, trade_id, amount,"
        " event_at) SELECT 'main', 'binance', symbol, 1, '7', 1, now()"
        " FROM unnest(ARRAY['BTCUSDT', 'ETHUSDT']) AS symbol"
    )
    before = await catalogue(connection)
    with pytest.raises(StoreError):
        await schema.downgrade(database_url, "0002")
    assert await catalogue(connection) == before
    assert await connection.fetchval("SELECT count(*) FROM funding_payments") == 2


def test_scripts_are_written_by_one_thread_at_a_time() -> None:
    """Migrations keep what they work on in globals: side by side they would take each other's."""
    spans = ["base:head", "0001:0002", "0002:head"] * 4
    alone = {span: schema.migration_sql(schema.MIGRATIONS, "upgrade", span) for span in spans[:3]}
    with ThreadPoolExecutor(8) as threads:
        written = threads.map(
            lambda span: schema.migration_sql(schema.MIGRATIONS, "upgrade", span), spans
        )
        assert list(written) == [alone[span] for span in spans]
