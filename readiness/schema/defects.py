"""Defects planted in a live schema, one at a time, to measure what the schema check can see.

Each is one statement that a careless migration could hold. It is carried out inside a
transaction and rolled back, so the schema is the same afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

import asyncpg

from readiness.check import Recall
from readiness.schema.catalogue import Catalogue, read_catalogue
from readiness.schema.demands import ENUM_WORDS, FOREIGN_KEYS, INDEXES, ORDERS, TABLES
from readiness.schema.difference import compare_snapshots
from readiness.schema.judge import find_differences
from readiness.schema.snapshot import Snapshot, read_snapshot

__all__ = ["defects_of", "drawn_defects", "measure_recall"]


class _RolledBack(Exception):
    """Ends the transaction of one planted defect."""


async def measure_recall(
    connection: asyncpg.Connection,
    catalogue: Catalogue,
    whole: Snapshot | None = None,
    drawn: Sequence[str] = (),
) -> tuple[Recall, tuple[str, ...]]:
    """Plant every defect in turn, and those that were `drawn`: how many were reported, and which
    ones were not. `whole` is what the schema is also compared with, where it is."""
    defects = list(dict.fromkeys([*defects_of(catalogue), *drawn]))
    missed = [defect for defect in defects if not await _is_reported(defect, connection, whole)]
    return Recall(caught=len(defects) - len(missed), seeded=len(defects)), tuple(missed)


async def _is_reported(defect: str, connection: asyncpg.Connection, whole: Snapshot | None) -> bool:
    reported = False
    try:
        async with connection.transaction():
            await connection.execute(defect)
            damaged = await read_catalogue(connection)
            reported = bool(await find_differences(damaged, connection))
            if not reported and whole is not None:
                reported = bool(compare_snapshots(whole, await read_snapshot(connection)))
            raise _RolledBack
    except _RolledBack:
        return reported


def drawn_defects(catalogue: Catalogue, seed: int, count: int) -> list[str]:
    """So many losses by seed, of any column, default, rule or index that there is."""
    found = [*_losses(catalogue)]
    return Random(f"schema {seed}").sample(found, min(count, len(found)))  # noqa: S311


def _losses(catalogue: Catalogue) -> Iterator[str]:
    keys = {(it.table, name) for it in catalogue.rules if it.kind == "p" for name in it.columns}
    for table, columns in catalogue.columns.items():
        for name, column in columns.items():
            changed = f'ALTER TABLE "{table}" ALTER COLUMN "{name}"'
            yield f'ALTER TABLE "{table}" DROP COLUMN "{name}" CASCADE'
            if column.default:
                yield f"{changed} DROP DEFAULT"
            if not column.nullable and (table, name) not in keys:
                yield f"{changed} DROP NOT NULL"
    for rule in catalogue.rules:
        yield f'ALTER TABLE "{rule.table}" DROP CONSTRAINT "{rule.name}" CASCADE'
    rules = {rule.name for rule in catalogue.rules}
    for _, definition in catalogue.indexes:
        name = definition.partition(" INDEX ")[2].partition(" ON ")[0].strip('"')
        if name not in rules:
            yield f'DROP INDEX "{name}"'


def defects_of(catalogue: Catalogue) -> Iterator[str]:
    """The statements, made from the schema that is there."""
    for table in TABLES:
        yield f'DROP TABLE "{table}" CASCADE'
    for name, column in ORDERS.items():
        yield f'ALTER TABLE orders DROP COLUMN "{name}" CASCADE'
        if column.default:
            yield f'ALTER TABLE orders ALTER COLUMN "{name}" DROP DEFAULT'
        if not column.nullable and name != "id":
            yield f'ALTER TABLE orders ALTER COLUMN "{name}" DROP NOT NULL'
    yield "ALTER TABLE orders ALTER COLUMN price TYPE double precision"
    yield "ALTER TABLE orders ALTER COLUMN price TYPE numeric(20,2)"
    yield "ALTER TABLE orders ALTER COLUMN created_at TYPE timestamp"
    yield "ALTER TABLE orders ALTER COLUMN position_idx SET DEFAULT 1"
    yield "ALTER TABLE orders ALTER COLUMN reduce_only SET DEFAULT true"
    yield "ALTER TABLE fills ALTER COLUMN commission TYPE real"
    yield "ALTER TABLE balances ALTER COLUMN event_at TYPE timestamp"
    for name, (table, _) in INDEXES.items():
        yield f"DROP INDEX {name}"
        yield f"DROP INDEX {name}; CREATE INDEX {name} ON {table} (symbol)"
    for name, words in ENUM_WORDS.items():
        yield f"ALTER TYPE {name} RENAME VALUE '{words[0]}' TO 'forgotten'"
    for rule in catalogue.rules:
        if rule.kind == "f" and (rule.table, rule.target) in FOREIGN_KEYS:
            yield f'ALTER TABLE {rule.table} DROP CONSTRAINT "{rule.name}"'
    yield from _lost_checks(catalogue)


def _lost_checks(catalogue: Catalogue) -> Iterator[str]:
    """The rules that money depends on, dropped or weakened, by what they speak of."""
    for rule in catalogue.rules:
        speaks_of = (rule.table, frozenset(rule.columns))
        if rule.kind == "c" and speaks_of in MONEY_RULES and "NaN" not in rule.expression:
            yield f'ALTER TABLE {rule.table} DROP CONSTRAINT "{rule.name}"'
    for table in ("orders", "fills", "positions"):
        for rule in catalogue.rules_of(table, "u") + catalogue.rules_of(table, "p"):
            if set(rule.columns) <= {"account", "exchange", "trade_id", "client_order_id"}:
                yield f'ALTER TABLE {table} DROP CONSTRAINT "{rule.name}" CASCADE'


MONEY_RULES = (
    ("orders", frozenset({"quantity"})),
    ("orders", frozenset({"position_idx", "origin"})),
    ("fills", frozenset({"position_idx"})),
    ("positions", frozenset({"position_idx"})),
    ("signals", frozenset({"confidence_ratio"})),
    ("partial_tp_history", frozenset({"close_ratio"})),
    ("partial_tp_history", frozenset({"position_idx"})),
)
