"""Both databases are looked at before anything is written, and each fault is named."""

from __future__ import annotations

from typing import Any

import msgspec
import psycopg
import pytest

from bot_trading.storage import schema
from bot_trading.storage.revisions import REVISIONS
from migration.databases import Connection, connect_target
from migration.errors import MigrationError
from migration.examination import (
    TargetColumn,
    examine_source,
    examine_target,
    source_identity,
)
from migration.ledger import make_ledger
from migration.mapping import Constant, MigrationMapping


@pytest.fixture
async def v3_url(database_url: str) -> str:
    """Address of a database with v3's tables."""
    await schema.upgrade(database_url)
    return database_url


def _with_columns(mapping: MigrationMapping, **changes: Any) -> MigrationMapping:
    """The mapping with other columns in its first flow; None takes one away."""
    first = mapping.flows[0]
    columns = {**first.columns, **changes}
    kept = {name: column for name, column in columns.items() if column is not None}
    flows = [msgspec.structs.replace(first, columns=kept), *mapping.flows[1:]]
    return msgspec.structs.replace(mapping, flows=flows)


def test_a_sound_source_passes(source: Connection, mapping: MigrationMapping) -> None:
    """The tables that the mapping declares, and no others, are what is expected."""
    examine_source(source, mapping)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DROP TABLE signals", "it has no table signals"),
        ("CREATE TABLE extra (id int)", "it has a table extra that the mapping misses"),
        ("ALTER TABLE trades DROP COLUMN fee", "trades has no column fee"),
        ("ALTER TABLE trades ADD COLUMN x int", "the mapping misses column trades.x"),
        ("ALTER TABLE orders ALTER COLUMN id TYPE bigint", "orders.id is bigint, expected integer"),
        (
            "ALTER TABLE orders ALTER COLUMN symbol TYPE varchar(30)",
            "orders.symbol is character varying(30), expected character varying(20)",
        ),
        ("ALTER TABLE orders ADD COLUMN client_order_id text", "swapped"),
    ],
)
def test_another_source_is_told_apart(
    source: Connection, v2_url: str, mapping: MigrationMapping, statement: str, words: str
) -> None:
    """The first difference from the declaration is the sentence."""
    with psycopg.connect(v2_url) as connection:
        connection.execute(statement)
    with pytest.raises(MigrationError) as caught:
        examine_source(source, mapping)
    assert words in str(caught.value)


def test_views_of_v2_are_nobodys_business(
    source: Connection, v2_url: str, mapping: MigrationMapping
) -> None:
    """A view holds no rows, so it need not be mapped."""
    with psycopg.connect(v2_url) as connection:
        connection.execute("CREATE VIEW latest AS SELECT max(id) FROM orders")
    examine_source(source, mapping)


def test_a_database_has_a_name_of_its_own(source: Connection, target: Connection) -> None:
    """Two databases of one server are two, and one asked twice is one."""
    assert source_identity(source) == source_identity(source)
    assert source_identity(source) != source_identity(target)


def test_the_target_tells_what_it_takes(v3_url: str, mapping: MigrationMapping) -> None:
    """Types, required columns and longest texts come from v3's own catalogue."""
    with connect_target(v3_url) as connection:
        found = examine_target(connection, mapping)
    orders = found.columns["public.orders"]
    assert orders["symbol"] == TargetColumn(
        type="character varying(20)", is_required=True, length=20
    )
    assert not orders["price"].is_required
    assert not orders["id"].is_required
    assert found.lengths["public.orders"]["symbol"] == 20
    assert "reason" not in found.lengths["public.orders"]


def test_a_database_without_v3_is_refused(target: Connection, mapping: MigrationMapping) -> None:
    """An empty database is no target, and is not made one."""
    with pytest.raises(MigrationError, match="no schema of v3"):
        examine_target(target, mapping)


def test_v2_as_the_target_is_recognised(v2_url: str, mapping: MigrationMapping) -> None:
    """v2's tables where v3's should be mean that the sides are swapped."""
    with (
        connect_target(v2_url) as connection,
        pytest.raises(MigrationError, match="is a database of v2"),
    ):
        examine_target(connection, mapping)


def test_only_this_release_of_v3_is_written_to(v3_url: str, mapping: MigrationMapping) -> None:
    """Another revision, older or newer, is refused by its number."""
    with connect_target(v3_url) as connection:
        for revision in ("0001", "9999"):
            connection.execute("UPDATE alembic_version SET version_num = %s", (revision,))
            with pytest.raises(MigrationError, match=f"revision {revision}.*{REVISIONS[-1]}"):
                examine_target(connection, mapping)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"purpose": None}, "column purpose of public.orders is missed; give it, which must"),
        ({"price": None}, "column price of public.orders is missed"),
        ({"nonsense": Constant(constant=1)}, "public.orders has no column nonsense"),
    ],
)
def test_columns_of_v3_are_all_spoken_for(
    v3_url: str, mapping: MigrationMapping, changes: dict[str, Any], words: str
) -> None:
    """A column of v3 that the mapping leaves out, or one that is not there, is named."""
    with connect_target(v3_url) as connection, pytest.raises(MigrationError) as caught:
        examine_target(connection, _with_columns(mapping, **changes))
    assert words in str(caught.value)


def test_a_table_that_v3_does_not_have_is_named(v3_url: str, mapping: MigrationMapping) -> None:
    """A flow into nowhere is refused."""
    first = msgspec.structs.replace(mapping.flows[0], into="public.bestellungen")
    other = msgspec.structs.replace(mapping, flows=[first])
    with connect_target(v3_url) as connection, pytest.raises(MigrationError, match="bestellungen"):
        examine_target(connection, other)


def test_rows_can_be_found_again_only_by_a_unique_key(
    v3_url: str, mapping: MigrationMapping
) -> None:
    """A target key that several rows may share is refused."""
    with connect_target(v3_url) as connection:
        connection.execute("ALTER TABLE orders DROP CONSTRAINT orders_pkey CASCADE")
        with pytest.raises(MigrationError, match=r"public\.orders\.id is not unique"):
            examine_target(connection, mapping)


def test_rows_of_the_scope_make_a_target_full(v3_url: str, mapping: MigrationMapping) -> None:
    """Rows of another account do not count; those of the migrated one do, until it has begun."""
    insert = (
        "INSERT INTO orders (symbol, side, quantity, status, position_idx, account, exchange,"
        " client_order_id, order_type, origin, purpose) VALUES ('BTCUSDT', 'BUY', 1, 'FILLED', 1,"
        " %s, 'bybit', 'x', 'MARKET', 'v3', 'ENTRY')"
    )
    with connect_target(v3_url) as connection:
        connection.execute(insert, ("main",))
        connection.commit()
        examine_target(connection, mapping)
        connection.execute(insert, ("v2",))
        connection.commit()
        with pytest.raises(MigrationError, match="the target is not empty"):
            examine_target(connection, mapping)
        connection.rollback()
        make_ledger(connection, mapping)
        connection.commit()
        examine_target(connection, mapping)


def test_looking_writes_nothing(v3_url: str, mapping: MigrationMapping) -> None:
    """After an examination no transaction is open and nothing was assigned a number."""
    with connect_target(v3_url) as connection:
        examine_target(connection, mapping)
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        row = connection.execute("SELECT pg_current_xact_id_if_assigned() IS NULL").fetchone()
        assert row == (True,)
