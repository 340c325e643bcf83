"""The dirt of aged v2 databases: what years, crashes and other programs leave in tables.

Each kind is one statement on rows of chosen round trips, and says which row it spoiled: table, id,
column, what stood there and what stands there now. No two kinds spoil the same round trip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from legacy_v2.aged.rows import AgedPlan

__all__ = ["DIRT", "DirtyRow", "Spoil", "choose_trips", "spoil"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DirtyRow:
    """One spoiled row; `clean` and `dirty` are texts as PostgreSQL prints them.

    A row that was added has `clean` None and its original's id in `dirty`; one that was removed
    has `dirty` None and its last text in `clean`.
    """

    dirt: str
    table: str
    row_id: int
    column: str
    clean: str | None
    dirty: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoil:
    """How rows of a table are spoiled: `statement` names `%(entries)s`, the ids of entry orders,
    or `%(trips)s`, the ids of round trips, and returns id, clean and dirty text.

    `adds` is what each spoiled row adds to the table's count.
    """

    table: str
    column: str
    statement: str
    adds: int = 0


def _orders(column: str, value: str) -> Spoil:
    return Spoil(table="orders", column=column, statement=_update("orders", column, value, "id"))


def _trades(column: str, value: str) -> Spoil:
    return Spoil(
        table="trades", column=column, statement=_update("trades", column, value, "order_id")
    )


def _sltp(column: str, value: str) -> Spoil:
    statement = _update("sltp_orders", column, value, "order_id")
    return Spoil(table="sltp_orders", column=column, statement=statement)


def _positions(column: str, value: str) -> Spoil:
    statement = _update("positions", column, value, "id", "trips")
    return Spoil(table="positions", column=column, statement=statement)


def _update(table: str, column: str, value: str, key: str, ids: str = "entries") -> str:
    """Set a column of the first row of each chosen key; `t` is the row as it was."""
    return f"""
        UPDATE {table} AS t SET {column} = {value}
        FROM (SELECT DISTINCT ON ({key}) id, {column} AS clean FROM {table}
              WHERE {key} = ANY(%({ids})s) ORDER BY {key}, id) AS was
        WHERE t.id = was.id RETURNING t.id, was.clean::text, t.{column}::text
    """  # noqa: S608 (every part is written in this file)


DIRT: dict[str, Spoil] = {
    "null_symbol": _orders("symbol", "NULL"),
    "symbol_form": _orders(
        "symbol",
        "CASE mod(t.id, 3) WHEN 0 THEN lower(t.symbol)"
        " ELSE replace(t.symbol, 'USDT', (ARRAY['/USDT', '-USDT'])[mod(t.id, 3)]) END",
    ),
    "null_side": _orders("side", "NULL"),
    "side_case": _orders(
        "side", "CASE mod(t.id, 4) WHEN 1 THEN upper(t.side) ELSE lower(t.side) END"
    ),
    "unknown_side": _orders("side", "CASE mod(t.id, 4) WHEN 1 THEN 'None' ELSE 'Long' END"),
    "null_quantity": _orders("quantity", "NULL"),
    "negative_quantity": _orders("quantity", "-t.quantity"),
    "zero_quantity": _orders("quantity", "0"),
    "negative_price": _orders("price", "-t.price"),
    "null_status": _orders("status", "NULL"),
    "unknown_status": _orders(
        "status", "(ARRAY['Unknown', 'ERROR', '', 'filed', 'done?'])[1 + mod(t.id, 5)]"
    ),
    "status_case": _orders(
        "status", "CASE mod(t.id, 4) WHEN 1 THEN upper(t.status) ELSE lower(t.status) END"
    ),
    "duplicate_order": Spoil(
        table="orders",
        column="id",
        adds=1,
        # The same order recorded again, as after a restart: under a new id, with the same answer
        # of the exchange beside it.
        statement="""
            WITH copied AS (
                INSERT INTO orders (symbol, side, quantity, price, status)
                SELECT symbol, side, quantity, price, status FROM orders
                WHERE id = ANY(%(entries)s) ORDER BY id RETURNING id
            ), pairs AS (
                SELECT copy.id, original.id AS original_id
                FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM copied) AS copy
                JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n
                      FROM unnest(%(entries)s::int[]) AS id) AS original USING (n)
            ), answers AS (
                INSERT INTO exchange_orders (order_id, exchange_order_id, order_type, reason,
                                             error, created_at, updated_at)
                SELECT pairs.id, exchange_order_id, order_type, reason, error,
                       created_at, updated_at
                FROM exchange_orders JOIN pairs ON order_id = original_id
            )
            SELECT id, NULL, original_id::text FROM pairs ORDER BY id
        """,
    ),
    "missing_answer": Spoil(
        table="exchange_orders",
        column="id",
        adds=-1,
        statement="""
            DELETE FROM exchange_orders WHERE order_id = ANY(%(entries)s)
            RETURNING id, exchange_order_id, NULL
        """,
    ),
    "float_noise": _trades("quantity", "t.quantity * (1 + 3 * 2.220446049250313e-16)"),
    "dust_quantity": _trades("quantity", "1e-9"),
    "nan_fee": _trades("fee", "'NaN'"),
    "null_time": _trades("executed_at", "NULL"),
    "shifted_zone": _trades("executed_at", "t.executed_at + interval '3 hours'"),
    "orphan_trade": _trades("order_id", "t.order_id + 1000000000"),
    "sign_flip": _trades("quantity", "-t.quantity"),
    "missing_trade": Spoil(
        table="trades",
        column="id",
        adds=-1,
        statement="""
            DELETE FROM trades WHERE id IN (
                SELECT min(id) FROM trades WHERE order_id = ANY(%(entries)s) GROUP BY order_id
            ) RETURNING id, trade_id, NULL
        """,
    ),
    "duplicate_trade": Spoil(
        table="trades",
        column="id",
        adds=1,
        statement="""
            WITH chosen AS (
                SELECT min(id) AS id FROM trades
                WHERE order_id = ANY(%(entries)s) GROUP BY order_id
            ), copied AS (
                INSERT INTO trades (order_id, trade_id, symbol, side, quantity, price, fee,
                                    realized_pnl, is_maker, executed_at)
                SELECT order_id, trade_id, symbol, side, quantity, price, fee, realized_pnl,
                       is_maker, executed_at
                FROM trades JOIN chosen USING (id) ORDER BY id RETURNING id, trade_id
            )
            SELECT copied.id, NULL, trades.id::text
            FROM copied JOIN trades USING (trade_id) JOIN chosen ON chosen.id = trades.id
            ORDER BY copied.id
        """,
    ),
    "strength_percent": Spoil(
        table="signals",
        column="strength",
        statement=_update("signals", "strength", "t.strength * 100", "order_id"),
    ),
    "orphan_stop": _sltp("order_id", "t.order_id + 1000000000"),
    "swapped_stop": Spoil(
        table="sltp_orders",
        column="stop_loss",
        statement="""
            UPDATE sltp_orders AS t
            SET stop_loss = t.take_profit, take_profit = t.stop_loss
            FROM (SELECT id, stop_loss AS clean FROM sltp_orders
                  WHERE order_id = ANY(%(entries)s)) AS was
            WHERE t.id = was.id RETURNING t.id, was.clean::text, t.stop_loss::text
        """,
    ),
    "ghost_position": _positions("is_open", "1"),
    "wrong_size": _positions("size", "t.size * 2"),
}


def choose_trips(plan: AgedPlan, *, kinds: int, count: int) -> list[list[int]]:
    """`count` round trips for each kind, by the seed, none of them twice.

    Raises ValueError when there are fewer round trips than rows to spoil.
    """
    wanted = kinds * count
    if wanted > plan.trips:
        raise ValueError(
            f"{kinds} kinds of dirt with {count} rows each need {wanted} round trips, and "
            f"{plan.orders} orders hold {plan.trips}: ask for more rows or less dirt"
        )
    rng = np.random.default_rng([plan.seed, 1 << 32])
    chosen = rng.choice(plan.trips, size=(kinds, count), replace=False)
    return [sorted(int(trip) for trip in trips) for trips in chosen]


def spoil(
    cursor: psycopg.Cursor[Any], plan: AgedPlan, kinds: tuple[str, ...], count: int
) -> list[DirtyRow]:
    """Spoil `count` rows of each kind; which rows those were. Raises what `choose_trips` raises."""
    found = []
    for kind, trips in zip(kinds, choose_trips(plan, kinds=len(kinds), count=count), strict=True):
        how = DIRT[kind]
        ids = {
            "entries": [plan.entry_of(trip) for trip in trips],
            "trips": [trip + 1 for trip in trips],
        }
        cursor.execute(sql.SQL(how.statement), ids)
        found += [
            DirtyRow(
                dirt=kind,
                table=how.table,
                row_id=row_id,
                column=how.column,
                clean=clean,
                dirty=dirty,
            )
            for row_id, clean, dirty in sorted(cursor.fetchall())
        ]
    return found
