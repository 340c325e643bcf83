"""The streams of a migration, and their queries over a small database of v2."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg

from migration.batches import reading
from migration.copying import jobs_of, query_of, write_lines
from migration.databases import Connection
from migration.flow_query import flow_query, merged_query, output_columns, where_of
from migration.ledger import make_ledger
from migration.mapping import MigrationMapping

Rows = list[dict[str, Any]]


def _rows(source: Connection, mapping: MigrationMapping, number: int, **options: Any) -> Rows:
    """What a flow's query gives, by name."""
    flow = mapping.flows[number]
    query = flow_query(mapping, flow, {}, options.pop("parents", {}), **options)
    names = ["key", "why", "row", "digest", "residue", *output_columns(flow)]
    rows = source.execute(query).fetchall()
    source.rollback()
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_merged_rows_are_streams_of_their_own(mapping: MigrationMapping) -> None:
    """Each flow is a stream, and the rows that are folded in are accounted for after it."""
    names = [job.name for job in jobs_of(mapping)]
    assert names[:3] == [
        "orders->public.orders",
        "exchange_orders->public.orders",
        "trades->migration.v2_trades",
    ]
    first = jobs_of(mapping)[1]
    assert first.merge is not None
    assert first.prefix == b"exchange_orders->public.orders\texchange_orders\t"


def test_rows_come_by_key_with_their_columns(source: Connection, mapping: MigrationMapping) -> None:
    """An order has its own columns, those of the merged row, and the sums of its trades."""
    one, two, three = _rows(source, mapping, 0)
    assert [row["key"] for row in (one, two, three)] == [1, 2, 3]
    assert [row["why"] for row in (one, two, three)] == [None, None, None]
    assert (one["side"], one["purpose"], one["order_type"]) == ("BUY", "ENTRY", "MARKET")
    assert (one["filled_qty"], one["avg_px"], one["commission"]) == (
        Decimal(2),
        Decimal(103),
        Decimal("0.12"),
    )
    assert (three["filled_qty"], three["avg_px"], three["commission"]) == (0, None, 0)
    assert three["residue"] == {"side": "buy"}
    assert two["residue"] == {"exchange_orders.reason": "reverse"}


def test_the_query_can_begin_anywhere(source: Connection, mapping: MigrationMapping) -> None:
    """Only rows above a key come, and they are the same rows as without it."""
    everything = _rows(source, mapping, 0)
    assert _rows(source, mapping, 0, after=1) == everything[1:]
    assert _rows(source, mapping, 0, after=3) == []


def test_a_digest_follows_what_would_be_copied(
    source: Connection, v2_url: str, mapping: MigrationMapping
) -> None:
    """A digest changes with any column of the row, of its merged row and of its parts."""
    before = {row["key"]: row["digest"] for row in _rows(source, mapping, 0)}
    assert before == {row["key"]: row["digest"] for row in _rows(source, mapping, 0)}
    for statement in (
        "UPDATE orders SET price = 99 WHERE id = 1",
        "UPDATE exchange_orders SET error = 'x' WHERE order_id = 1",
        "UPDATE trades SET fee = 0.031 WHERE trade_id = 't1'",
        "UPDATE orders SET side = 'BUY' WHERE id = 1",
    ):
        with psycopg.connect(v2_url) as connection:
            connection.execute(statement)
        now = {row["key"]: row["digest"] for row in _rows(source, mapping, 0)}
        assert [key for key in now if now[key] != before[key]] == [1], statement
        before = now


def test_a_row_tells_every_reason_it_has(
    source: Connection, v2_url: str, mapping: MigrationMapping
) -> None:
    """Reasons are sorted and all there, and the row is kept with its merged one."""
    with psycopg.connect(v2_url) as connection:
        connection.execute(
            "UPDATE orders SET symbol = NULL, side = 'x', quantity = -1 WHERE id = 3"
        )
        connection.execute("UPDATE exchange_orders SET created_at = NULL WHERE order_id = 3")
    dirty = _rows(source, mapping, 0)[2]
    assert dirty["why"] == [
        "created_at:missing",
        "quantity:sign",
        "side:unknown_word",
        "symbol:missing",
    ]
    assert dirty["row"]["quantity"] == -1
    assert dirty["row"]["exchange_orders"]["exchange_order_id"] == "c"


def test_children_of_rows_in_quarantine_are_told(
    source: Connection, mapping: MigrationMapping
) -> None:
    """What points to a row in quarantine, or to none, is not copied."""
    rows = _rows(source, mapping, 1, parents={"orders": frozenset({2})})
    assert [row["why"] for row in rows] == [None, None, ["order_id:parent"]]
    assert rows[0]["event_at"] == datetime(2025, 1, 1, 23, 59, 59, tzinfo=UTC)
    flow = mapping.flows[0]
    assert flow.merge is not None
    query = merged_query(mapping, flow, flow.merge, {"orders": frozenset({2})})
    merged = source.execute(query).fetchall()
    assert [(row[0], row[1]) for row in merged] == [(1, None), (2, ["order_id:parent"]), (3, None)]


def test_a_length_of_the_target_is_a_reason(source: Connection, mapping: MigrationMapping) -> None:
    """A text that v3's column cannot take is kept aside, not cut."""
    query = flow_query(mapping, mapping.flows[0], {"symbol": 6}, {})
    assert [row[1] for row in source.execute(query)] == [["symbol:too_long"]] * 3


def test_a_flow_without_where_is_about_all_rows(mapping: MigrationMapping) -> None:
    """Only a split flow has a condition."""
    assert where_of(mapping.flows[0]) == ""


def test_a_job_knows_what_is_in_quarantine(
    source: Connection, target: Connection, mapping: MigrationMapping
) -> None:
    """The query of a child names the parents that the quarantine holds at that moment."""
    make_ledger(target, mapping)
    target.execute(
        "INSERT INTO migration.quarantine VALUES"
        " ('orders->public.orders', 'orders', 1, '{x}', '{}'::jsonb, 0)"
    )
    target.commit()
    trades = jobs_of(mapping)[2]
    with reading(source, query_of(target, mapping, trades, {}), 2) as batches:
        lines = [line.split(b"\t")[:2] for batch in batches for line in batch]
    assert lines == [[b"1", b"{order_id:parent}"], [b"2", b"{order_id:parent}"], [b"3", b"\\N"]]


def test_no_lines_are_no_statement(target: Connection) -> None:
    """An empty batch does not even name its table."""
    write_lines(target, "nowhere (nothing)", [])
    target.execute("CREATE TEMP TABLE somewhere (a int, b text)")
    write_lines(target, "somewhere (a, b)", [b"1\tx\n", b"2\t\\N\n"])
    assert target.execute("SELECT a, b FROM somewhere").fetchall() == [(1, "x"), (2, None)]
