"""The way back: v2's rows identical after v2 → v3 → v2, and v3 as if nothing had been."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from bot_trading.storage import schema
from legacy_v2.aged import DIRT_KINDS, age
from migration.cli import app
from migration.databases import connect_target
from migration.errors import MigrationError
from migration.mapping_rules import load_mapping
from migration.rollback import roll_back
from migration.way_back import give_back
from readiness.scratch_database import scratch_database
from tests.integration.migration.conftest import MAPPING, V2_TABLES, Databases


async def test_the_round_trip_is_identical(postgres_url: str, empty_v2: str) -> None:
    """With every kind of dirt, v2 gets back each row of each table as it was, letter by letter."""
    kinds = tuple(kind for kind in DIRT_KINDS if kind != "sequence_behind")
    async with scratch_database(postgres_url) as v2, scratch_database(postgres_url) as v3:
        await schema.upgrade(v3)
        both = Databases(v2=v2, v3=v3, made=age(v2, rows=800, seed=9, dirt=kinds, dirt_rows=2))
        both.execute("v2", "UPDATE trades SET realized_pnl = '-0' WHERE id = 5")
        both.execute("v2", "UPDATE positions SET realized_pnl = 0.1 + 0.2 WHERE id = 5")
        both.migrate()
        with connect_target(v3) as target, connect_target(empty_v2) as into:
            counts = give_back(target, into, load_mapping(MAPPING))
        assert both.made is not None
        assert counts == both.made.rows
        again = Databases(v2=empty_v2, v3=v3)
        assert again.content("v2", V2_TABLES) == both.content("v2", V2_TABLES)


def test_a_rollback_leaves_v3_as_it_was(databases: Databases) -> None:
    """After a roll-back v3 holds its own rows and no others, and a run may follow."""
    databases.execute(
        "v3",
        "INSERT INTO orders (symbol, side, quantity, status, position_idx, account, exchange,"
        " client_order_id, order_type, origin, purpose) VALUES ('BTCUSDT', 'BUY', 1, 'FILLED', 1,"
        " 'main', 'bybit', 'ent-1', 'MARKET', 'v3', 'ENTRY')",
    )
    before = databases.content("v3", {"orders": "id"})
    databases.migrate()
    assert databases.content("v3", {"orders": "id"}) != before
    result = CliRunner().invoke(app, ["rollback", "--target", databases.v3])
    assert result.exit_code == 0, result.output
    assert databases.content("v3", {"orders": "id"}) == before
    assert databases.execute("v3", "SELECT to_regnamespace('migration') IS NULL") == [(True,)]
    databases.migrate()


def test_a_rollback_that_v3_depends_on_changes_nothing(databases: Databases) -> None:
    """When v3 has built upon a migrated order, nothing at all is taken back."""
    databases.migrate()
    databases.execute(
        "v3",
        "INSERT INTO order_events (order_id, account, event_at, status, filled_qty, reason, note)"
        " SELECT id, account, now(), status, filled_qty, '', '' FROM orders LIMIT 1",
    )
    count = databases.number("v3", "SELECT count(*) FROM orders")
    with (
        connect_target(databases.v3) as target,
        pytest.raises(MigrationError, match="nothing was taken back"),
    ):
        roll_back(target, load_mapping(MAPPING))
    assert databases.number("v3", "SELECT count(*) FROM orders") == count
    assert databases.number("v3", "SELECT count(*) FROM migration.v2_trades") > 0


def test_rows_go_back_into_an_empty_v2_only(databases: Databases, empty_v2: str) -> None:
    """A database that holds rows, or no tables of v2, is not filled, and nothing is rolled back."""
    databases.migrate()
    for into in (databases.v2, databases.v3):
        result = CliRunner().invoke(app, ["rollback", "--target", databases.v3, "--into", into])
        assert result.exit_code == 2
        assert "give back" in result.stderr
    assert databases.number("v3", "SELECT count(*) FROM orders") == 600
    done = CliRunner().invoke(app, ["rollback", "--target", databases.v3, "--into", empty_v2])
    assert done.exit_code == 0, done.output
    again = Databases(v2=empty_v2, v3=databases.v3)
    assert again.content("v2", V2_TABLES) == databases.content("v2", V2_TABLES)
