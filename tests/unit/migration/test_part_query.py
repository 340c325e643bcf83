"""Sums and means of parts, and what one bad part does to them."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest

from migration.databases import Connection
from migration.flow_query import setting_of
from migration.mapping import MigrationMapping
from migration.part_query import part_columns, parts_query


def _parts(source: Connection, mapping: MigrationMapping) -> dict[int, dict[str, object]]:
    """The grouped parts of each order, by column."""
    flow = mapping.flows[0]
    assert flow.parts is not None
    cursor = source.execute(parts_query(mapping, flow, flow.parts, setting_of(mapping)))
    names = [column.name for column in cursor.description or []]
    rows = {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
    source.rollback()
    return rows


@pytest.fixture
def numbers(mapping: MigrationMapping) -> dict[str, int]:
    """Where each column stands in its flow, which is what its parts are called by."""
    return {name: number for number, name in enumerate(mapping.flows[0].columns)}


def test_parts_are_summed_per_order(
    source: Connection, mapping: MigrationMapping, numbers: dict[str, int]
) -> None:
    """Quantities and fees add up exactly, and a mean keeps its weight."""
    one = _parts(source, mapping)[1]
    assert one[f"t{numbers['filled_qty']}"] == Decimal(2)
    assert one[f"t{numbers['commission']}"] == Decimal("0.12")
    assert one[f"t{numbers['avg_px']}"] == Decimal(206)
    assert one[f"w{numbers['avg_px']}"] == Decimal(2)
    assert not any(value for name, value in one.items() if name.startswith("b"))


def test_an_order_without_parts_has_none(source: Connection, mapping: MigrationMapping) -> None:
    """An order without trades does not appear among the sums."""
    assert set(_parts(source, mapping)) == {1, 2}


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ("fee = NULL", "commission"),
        ("fee = 'NaN'", "commission"),
        ("quantity = -1", "filled_qty"),
        ("quantity = 1e-9", "filled_qty"),
        ("price = 'Infinity'", "avg_px"),
        ("price = 0", "avg_px"),
    ],
)
def test_one_bad_part_makes_the_sum_unknown(
    source: Connection,
    v2_url: str,
    mapping: MigrationMapping,
    numbers: dict[str, int],
    change: str,
    column: str,
) -> None:
    """A part that does not convert spoils the sum of its order, and of no other one."""
    with psycopg.connect(v2_url) as connection:
        connection.execute(f"UPDATE trades SET {change} WHERE trade_id = 't2'")  # noqa: S608
    found = _parts(source, mapping)
    assert found[1][f"b{numbers[column]}"] is True
    assert found[2][f"b{numbers[column]}"] is False


def test_a_part_that_stands_twice_counts_once(
    source: Connection, v2_url: str, mapping: MigrationMapping, numbers: dict[str, int]
) -> None:
    """Of trades with the same symbol and id the oldest counts; those without an id all count."""
    copy = (
        "INSERT INTO trades (order_id, trade_id, symbol, side, quantity, price, fee, realized_pnl)"
        " SELECT order_id, {}, symbol, side, quantity, price, fee, realized_pnl FROM trades"
        " WHERE trade_id = 't3'"
    )
    with psycopg.connect(v2_url) as connection:
        connection.execute(copy.format("trade_id"))
    name = f"t{numbers['filled_qty']}"
    assert _parts(source, mapping)[2][name] == Decimal(2)
    with psycopg.connect(v2_url) as connection:
        connection.execute(copy.format("NULL"))
    assert _parts(source, mapping)[2][name] == Decimal(6)


def test_part_columns_are_named_by_their_place() -> None:
    """Total, weight and soundness of a column go by its number."""
    assert part_columns(7) == [("t7", "t.t7"), ("w7", "t.w7"), ("b7", "t.b7")]
