"""Mappings of people's own: another zone, a split table, odd names, other roundings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot_trading.storage import schema
from legacy_v2.aged import age
from migration.databases import connect_target
from migration.errors import MigrationError
from migration.examination import examine_source
from migration.mapping_rules import load_mapping
from migration.verify import verify
from migration.way_back import give_back
from readiness.scratch_database import scratch_database
from tests.integration.migration.conftest import MAPPING, V2_TABLES, Databases


def _own(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The shipped mapping with a change."""
    raw = yaml.safe_load(MAPPING.read_text("utf-8"))
    change(raw)
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(raw), "utf-8")
    return path


def _round_trip(databases: Databases, path: Path, into_url: str) -> None:
    """Verify the migration, and that v2 gets back what it had."""
    with databases.opened(path) as sides:
        assert verify(sides).holds
    with connect_target(databases.v3) as target, connect_target(into_url) as into:
        give_back(target, into, load_mapping(path))
    again = Databases(v2=into_url, v3=databases.v3)
    assert again.content("v2", V2_TABLES) == databases.content("v2", V2_TABLES)


async def test_a_zone_with_summer_time_is_followed(
    postgres_url: str, empty_v2: str, tmp_path: Path
) -> None:
    """Times that a Berlin clock showed become the instants that they were; doubtful ones do not."""

    def change(raw: dict[str, Any]) -> None:
        raw["source"]["zone"] = "Europe/Berlin"

    path = _own(tmp_path, change)
    async with (
        scratch_database(postgres_url) as utc,
        scratch_database(postgres_url) as v2,
        scratch_database(postgres_url) as v3,
    ):
        await schema.upgrade(v3)
        age(utc, rows=300, seed=4)
        both = Databases(v2=v2, v3=v3, made=age(v2, rows=300, seed=4, zone="Europe/Berlin"))
        gap, twice = "2025-03-30 02:30:00", "2025-10-26 02:30:00"
        for key, shown in ((1, gap), (2, twice)):
            both.execute("v2", "UPDATE trades SET executed_at = %s WHERE id = %s", shown, key)
        both.migrate(path)
        kept = both.execute(
            "v3",
            "SELECT source_key, reasons FROM migration.quarantine WHERE source_table = 'trades'"
            " ORDER BY 1",
        )
        assert kept == [(1, ["event_at:no_such_time"]), (2, ["event_at:two_such_times"])]
        meant = Databases(v2=utc, v3=v3).execute(
            "v2", "SELECT executed_at AT TIME ZONE 'UTC' FROM trades WHERE id > 2 ORDER BY id"
        )
        arrived = both.execute("v3", "SELECT event_at FROM migration.v2_trades ORDER BY id")
        assert arrived == meant
        _round_trip(both, path, empty_v2)


def test_a_table_can_be_split_by_its_rows(
    databases: Databases, empty_v2: str, tmp_path: Path
) -> None:
    """Open and closed positions go to a table each, and come back as one."""

    def change(raw: dict[str, Any]) -> None:
        closed = next(flow for flow in raw["flows"] if flow["source"] == "positions")
        opened = yaml.safe_load(yaml.safe_dump(closed))
        closed["where"] = {"is_open": 0}
        opened["where"] = {"is_open": 1}
        opened["into"] = "migration.v2_open_positions"
        raw["flows"].append(opened)

    path = _own(tmp_path, change)
    databases.migrate(path)
    counts = [
        databases.number("v3", f"SELECT count(*) FROM migration.{table}")  # noqa: S608
        for table in ("v2_positions", "v2_open_positions")
    ]
    assert min(counts) > 0
    assert sum(counts) == databases.number("v2", "SELECT count(*) FROM positions")
    _round_trip(databases, path, empty_v2)
    databases.execute("v2", "UPDATE positions SET is_open = 5 WHERE id = 1")
    databases.migrate(path)
    with databases.opened(path) as sides:
        found = verify(sides)
    assert found.homeless == {"positions": 1}
    assert not found.holds
    databases.execute("v2", "UPDATE positions SET is_open = 1 WHERE id = 1")
    assert databases.migrate(path)[0] > 0
    with databases.opened(path) as sides:
        assert verify(sides).holds


def test_names_that_need_quotes_are_carried(databases: Databases, tmp_path: Path) -> None:
    """A column of v2 with capitals, a space and a quote is read like any other."""
    odd = 'Coin "of" account'
    databases.execute(
        "v2", f"""ALTER TABLE balances RENAME COLUMN coin TO "{odd.replace('"', '""')}" """
    )

    def change(raw: dict[str, Any]) -> None:
        table = raw["source"]["tables"]["balances"]
        table[odd] = table.pop("coin")
        raw["flows"][-1]["columns"]["coin"]["from"] = odd

    path = _own(tmp_path, change)
    databases.migrate(path)
    with databases.opened(path) as sides:
        assert verify(sides).holds
    assert databases.execute("v3", "SELECT DISTINCT coin FROM migration.v2_balances") == [("USDT",)]


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [("half_even", "0.12"), ("half_up", "0.13"), ("down", "0.12")],
)
def test_the_named_rounding_is_the_one_that_is_used(
    databases: Databases, tmp_path: Path, rounding: str, expected: str
) -> None:
    """0.125 at two places shows which rounding was at work; the residue keeps 0.125."""
    databases.execute("v2", "UPDATE trades SET fee = 0.125 WHERE id = 1")

    def change(raw: dict[str, Any]) -> None:
        raw["conversions"]["fee"] = {
            **raw["conversions"]["money"],
            "scale": 2,
            "rounding": rounding,
        }
        raw["flows"][1]["columns"]["commission"]["as"] = "fee"
        raw["flows"][0]["columns"]["commission"]["as"] = "fee"

    path = _own(tmp_path, change)
    databases.migrate(path)
    found = databases.execute(
        "v3",
        "SELECT t.commission::text, k.residue ->> 'fee' FROM migration.v2_trades AS t"
        " JOIN migration.key_map AS k ON k.target_id = t.id AND k.flow LIKE 'trades%%'"
        " WHERE k.source_key = %s",
        1,
    )
    assert found == [(expected, "0.125")]
    with databases.opened(path) as sides:
        assert verify(sides).holds


def test_a_verbatim_table_must_be_small(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that is too large to be kept as JSON is refused by name."""
    monkeypatch.setattr("migration.verbatim.VERBATIM_ROWS_MAX", 3)
    with pytest.raises(MigrationError, match="config has more than 3 rows"):
        databases.migrate()


def test_v2_in_another_schema_is_found(databases: Databases, tmp_path: Path) -> None:
    """v2's tables may stand in any PostgreSQL schema that the mapping names."""
    databases.execute("v2", "ALTER SCHEMA public RENAME TO legacy")

    def change(raw: dict[str, Any]) -> None:
        raw["source"]["schema"] = "legacy"

    path = _own(tmp_path, change)
    databases.migrate(path)
    with databases.opened(path) as sides:
        examine_source(sides.source, sides.mapping)
        assert verify(sides).holds


def test_merged_rows_that_belong_nowhere_are_kept(databases: Databases) -> None:
    """A second answer to one order, or an answer to none, is kept under its own table."""
    databases.execute(
        "v2",
        "INSERT INTO exchange_orders (order_id, exchange_order_id, order_type, reason) VALUES"
        " (1, 'second', 'Market', 'entry'), (NULL, 'none', 'Market', 'entry'),"
        " (987654, 'stray', 'Market', 'entry')",
    )
    databases.migrate()
    kept = databases.execute(
        "v3",
        "SELECT source_row ->> 'exchange_order_id', reasons FROM migration.quarantine"
        " WHERE flow = 'exchange_orders->public.orders' ORDER BY source_key",
    )
    assert kept == [
        ("second", ["order_id:duplicate"]),
        ("none", ["order_id:orphan"]),
        ("stray", ["order_id:orphan"]),
    ]
    with databases.opened() as sides:
        assert verify(sides).holds


def test_one_order_recorded_twice_is_kept_once(databases: Databases) -> None:
    """Of two orders with the same exchange id the older is copied, the other kept aside."""
    databases.execute(
        "v2",
        "WITH again AS (INSERT INTO orders (symbol, side, quantity, price, status)"
        " SELECT symbol, side, quantity, price, 'Cancelled' FROM orders WHERE id = 9 RETURNING id)"
        " INSERT INTO exchange_orders (order_id, exchange_order_id, order_type, reason,"
        " created_at, updated_at) SELECT again.id, x.exchange_order_id, x.order_type, x.reason,"
        " x.created_at, x.updated_at FROM again, exchange_orders AS x WHERE x.order_id = 9",
    )
    databases.migrate()
    kept = databases.execute(
        "v3",
        "SELECT source_key, reasons FROM migration.quarantine WHERE flow = 'orders->public.orders'",
    )
    assert kept == [(601, ["exchange_order_id:duplicate"])]
    databases.execute("v2", "UPDATE orders SET side = NULL WHERE id = 9")
    databases.migrate()
    kept = databases.execute(
        "v3",
        "SELECT source_key, reasons FROM migration.quarantine WHERE flow = 'orders->public.orders'",
    )
    assert kept == [(9, ["side:missing"])]
    with databases.opened() as sides:
        assert verify(sides).holds
