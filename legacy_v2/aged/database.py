"""Fills an empty database as v2 would have: n orders of history, from a seed, with dirt.

The same arguments make the same rows. What is spoiled is told row by row, so that whoever looks
for it can be measured. Batches go through COPY: memory does not grow with the rows.
"""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg
from psycopg import sql

from legacy_v2.aged.dirt import DIRT, DirtyRow, spoil
from legacy_v2.aged.rows import AgedPlan, batches
from legacy_v2.aged.tables import Tables

__all__ = ["DIRT_KINDS", "SEQUENCE_BEHIND", "AgedDatabase", "age"]

SCHEMA = Path(__file__).parents[1] / "schema.sql"
SEQUENCE_BEHIND = "sequence_behind"  # The one dirt that is no row: ids would be given out twice.
DIRT_KINDS = (*DIRT, SEQUENCE_BEHIND)
DIRT_ROWS_MAX = 100
CONFIG = (
    ("symbols", "BTCUSDT,ETHUSDT"),
    ("strategy", "momentum"),
    ("order_notional_usdt", "1000"),
    ("hedge_mode", "false"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgedDatabase:
    """What was made: rows per table, what the bot holds at the end, and every spoiled row.

    `statuses` counts orders as they were before any was spoiled or doubled.
    """

    orders: int
    seed: int
    zone: str
    rows: dict[str, int]
    statuses: dict[str, int]
    open_positions: int
    live_orders: int
    dirt: tuple[DirtyRow, ...]


def age(
    database_url: str,
    *,
    rows: int,
    seed: int,
    dirt: tuple[str, ...] = (),
    dirt_rows: int | None = None,
    zone: str = "UTC",
) -> AgedDatabase:
    """Fill an empty database with `rows` orders and all that belongs to them.

    `dirt` names kinds of `DIRT_KINDS`; of each, `dirt_rows` rows are spoiled: by default one in a
    thousand orders, at least one and at most 100. `zone` is the clock that the naive times show.
    All or nothing. Raises ValueError for arguments that cannot be used, and psycopg.Error.
    """
    plan = _plan(rows, seed, zone, dirt)
    count = max(1, min(DIRT_ROWS_MAX, rows // 1_000)) if dirt_rows is None else dirt_rows
    kinds = tuple(kind for kind in dirt if kind != SEQUENCE_BEHIND)
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute(SCHEMA.read_text("utf-8"))
        counts = _copy_all(cursor, plan)
        found = spoil(cursor, plan, kinds, count)
        for row in found:
            counts[row.table] += DIRT[row.dirt].adds
            if row.dirt == "duplicate_order":
                counts["exchange_orders"] += 1
        if SEQUENCE_BEHIND in dirt:
            found.append(_set_sequence_behind(cursor))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("ANALYZE")
    return AgedDatabase(
        orders=rows,
        seed=seed,
        zone=zone,
        rows=dict(counts),
        statuses=plan.statuses,
        open_positions=plan.open_positions,
        live_orders=plan.statuses["New"],
        dirt=tuple(found),
    )


def _plan(rows: int, seed: int, zone: str, dirt: tuple[str, ...]) -> AgedPlan:
    if rows < 1:
        raise ValueError(f"--rows {rows}: expected at least 1 order")
    if seed < 0:
        raise ValueError(f"--seed {seed}: expected 0 or more")
    for kind in dirt:
        if kind not in DIRT_KINDS:
            raise ValueError(f"--dirt {kind}: unknown; known are {', '.join(DIRT_KINDS)}")
    if len(set(dirt)) < len(dirt):
        raise ValueError("--dirt: each kind once")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"--time-zone {zone}: not a zone like UTC or Europe/Berlin") from error
    return AgedPlan(orders=rows, seed=seed, zone=zone)


def _copy_all(cursor: psycopg.Cursor[Any], plan: AgedPlan) -> Counter[str]:
    """Copy every batch, then set each sequence to where its table ends; rows per table."""
    counts: Counter[str] = Counter()
    for tables in batches(plan):
        _copy(cursor, tables)
        counts.update({name: frame.height for name, frame in tables.items()})
    numbered = list(counts)
    cursor.executemany("INSERT INTO config (key, value) VALUES (%s, %s)", CONFIG)
    counts["config"] = len(CONFIG)
    for name in numbered:
        cursor.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}").format(
                sql.Literal(name), sql.Identifier(name)
            )
        )
    return counts


def _copy(cursor: psycopg.Cursor[Any], tables: Tables) -> None:
    for name, frame in tables.items():
        text = io.BytesIO()
        frame.write_csv(text, include_header=False, datetime_format="%Y-%m-%d %H:%M:%S%.6f")
        columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)")
        with cursor.copy(statement.format(sql.Identifier(name), columns)) as copy:
            copy.write(text.getvalue())


def _set_sequence_behind(cursor: psycopg.Cursor[Any]) -> DirtyRow:
    """Let the sequence of `orders` start over, as after rows were loaded with their ids."""
    cursor.execute("SELECT last_value FROM orders_id_seq")
    row = cursor.fetchone()
    cursor.execute("SELECT setval('orders_id_seq', 1)")
    return DirtyRow(
        dirt=SEQUENCE_BEHIND,
        table="orders",
        row_id=0,
        column="id",
        clean=str(row[0]) if row else None,
        dirty="1",
    )
