"""Makes aged v2 databases for tests and benchmarks: n orders of history, from a seed, with dirt.

    python -m legacy_v2.aged --database-url URL --rows 1000000 --seed 7 --dirt null_symbol

The same arguments make the same rows. What is spoiled is told row by row, so that whoever looks
for it can be measured. Batches go through COPY: memory does not grow with the rows.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg
from psycopg import sql

from legacy_v2.aged_dirt import DIRT, DirtyRow, spoil
from legacy_v2.aged_rows import AgedPlan, batches
from legacy_v2.aged_tables import Tables

__all__ = ["DIRT", "AgedDatabase", "DirtyRow", "age", "main"]

SCHEMA = Path(__file__).with_name("schema.sql")
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
    """What was made: rows per table, what the bot holds at the end, and every spoiled row."""

    orders: int
    seed: int
    zone: str
    rows: dict[str, int]
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
        open_positions=plan.open_positions,
        live_orders=plan.tail_orders - plan.open_positions,
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


def main(arguments: list[str] | None = None) -> int:
    """The command line: 0 when the database was made, 2 with one sentence when it was not."""
    options = _options(arguments)
    url = options.database_url or os.environ.get("DATABASE_URL", "")
    if not url:
        return _refuse("no database: give --database-url or set DATABASE_URL")
    try:
        made = age(
            url,
            rows=options.rows,
            seed=options.seed,
            dirt=tuple(filter(None, options.dirt.split(","))),
            dirt_rows=options.dirt_rows,
            zone=options.time_zone,
        )
    except ValueError as error:
        return _refuse(str(error))
    except psycopg.errors.DuplicateTable as error:
        return _refuse(f"the database is not empty ({_line(error)}): give an empty one")
    except psycopg.Error as error:
        return _refuse(f"the database could not be filled: {_line(error)}")
    if options.json:
        options.json.write_text(json.dumps(asdict(made), indent=1) + "\n", "utf-8")
    rows = ", ".join(f"{name} {count:,}" for name, count in made.rows.items())
    sys.stdout.write(f"made {rows}; {len(made.dirt)} spoiled\n")
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m legacy_v2.aged", description="Fill an empty database as v2 would have."
    )
    parser.add_argument("--database-url", help="or the environment's DATABASE_URL")
    parser.add_argument("--rows", type=int, required=True, help="orders; other tables follow")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dirt", default="", help=f"of {', '.join(DIRT_KINDS)}")
    parser.add_argument("--dirt-rows", type=int, help="spoiled rows of each kind")
    parser.add_argument("--time-zone", default="UTC", help="whose clock the naive times show")
    parser.add_argument("--json", type=Path, help="write what was made, and every spoiled row")
    return parser.parse_args(arguments)


def _line(error: psycopg.Error) -> str:
    return " ".join(str(error).split())


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"legacy_v2.aged: {sentence}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
