"""Both databases before anything is written: is each what the mapping says, and on its side?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot_trading.storage.revisions import REVISIONS
from migration.databases import Connection, blame
from migration.errors import MigrationError
from migration.ledger import exists
from migration.mapping import Flow, MigrationMapping
from migration.sql_text import constant, ident, qualified

__all__ = ["Catalogue", "TargetColumn", "examine_source", "examine_target", "source_identity"]

SOURCE_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind IN ('r', 'p')
      AND a.attnum > 0 AND NOT a.attisdropped AND NOT c.relispartition
    ORDER BY c.relname, a.attnum
"""
TARGET_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           a.atthasdef OR a.attidentity <> '',
           CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 END
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind IN ('r', 'p')
      AND a.attnum > 0 AND NOT a.attisdropped
"""
UNIQUE_KEYS = """
    SELECT a.attname FROM pg_index AS i
    JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = to_regclass(%s) AND i.indisunique AND i.indpred IS NULL
      AND i.indnkeyatts = 1
"""
V3_MARK = "client_order_id"  # A column of v3's orders that no v2 has.


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetColumn:
    """A column of v3 as its catalogue tells it."""

    type: str
    is_required: bool
    length: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What the target's tables take: columns by `schema.table`."""

    columns: Mapping[str, Mapping[str, TargetColumn]]

    @property
    def lengths(self) -> dict[str, dict[str, int]]:
        """The longest texts that columns take, by table."""
        return {
            table: {name: c.length for name, c in columns.items() if c.length is not None}
            for table, columns in self.columns.items()
        }


def source_identity(connection: Connection) -> str:
    """A name of this very database that no other one has: its cluster and its number in it."""
    row = connection.execute(
        "SELECT system_identifier::text || '/' || oid FROM pg_control_system(), pg_database"
        " WHERE datname = current_database()"
    ).fetchone()
    connection.rollback()
    return str(row[0]) if row else ""


def examine_source(source: Connection, mapping: MigrationMapping) -> None:
    """Raise MigrationError unless v2's tables are exactly those that the mapping declares."""
    with blame("source"):
        rows = source.execute(SOURCE_COLUMNS, (mapping.source.schema,)).fetchall()
        source.rollback()
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        found.setdefault(table, {})[column] = kind
    if any(V3_MARK in columns for columns in found.values()):
        raise MigrationError(
            "the source is a database of v3: source and target are swapped, or both are v3; give"
            " v2's database as --source"
        )
    for table in sorted(found.keys() | mapping.source.tables.keys()):
        _compare(mapping, table, found.get(table), mapping.source.tables.get(table))


def _compare(
    mapping: MigrationMapping,
    table: str,
    found: Mapping[str, str] | None,
    declared: Mapping[str, str] | None,
) -> None:
    """Raise for the first difference between a table and its declaration."""
    another = (
        f"the source is not the v2 that the mapping declares (dialect {mapping.source.dialect})"
    )
    if found is None:
        raise MigrationError(
            f"{another}: it has no table {table}; give another database or mapping"
        )
    if declared is None:
        raise MigrationError(
            f"{another}: it has a table {table} that the mapping misses; add it to the mapping"
        )
    for column in [*declared, *(name for name in found if name not in declared)]:
        if column not in found:
            raise MigrationError(f"{another}: {table} has no column {column}; correct the mapping")
        if column not in declared:
            raise MigrationError(
                f"{another}: the mapping misses column {table}.{column}; add it to the mapping"
            )
        if found[column] != declared[column]:
            raise MigrationError(
                f"{another}: {table}.{column} is {found[column]}, expected {declared[column]};"
                " correct the mapping, with a conversion that fits"
            )


def examine_target(target: Connection, mapping: MigrationMapping) -> Catalogue:
    """What v3's tables take. Raise MigrationError unless they can take what the mapping gives."""
    with blame("target"):
        _check_revision(target, mapping)
        catalogue = _read_catalogue(target, mapping)
        begun = exists(target, mapping)
        for flow in mapping.flows:
            if not flow.into.startswith(f"{mapping.target.bookkeeping}."):
                _check_table(flow, catalogue)
                _check_key(target, flow)
                if not begun:
                    _check_empty(target, flow)
        target.rollback()
    return catalogue


def _check_revision(target: Connection, mapping: MigrationMapping) -> None:
    schema = mapping.target.schema
    row = target.execute(
        "SELECT to_regclass(%s) IS NOT NULL", (qualified(schema, "alembic_version"),)
    ).fetchone()
    if not row or not row[0]:
        tables = target.execute(SOURCE_COLUMNS, (mapping.source.schema,)).fetchall()
        if {table for table, _, _ in tables} >= set(mapping.source.tables):
            raise MigrationError(
                "the target is a database of v2: source and target are swapped, or both are v2;"
                " give v3's database as --target"
            )
        raise MigrationError(
            "the target has no schema of v3: let the bot or the verifier create it first (a start"
            " of v3 on that database does)"
        )
    table = qualified(schema, "alembic_version")
    found = target.execute(f"SELECT version_num FROM {table}").fetchone()  # noqa: S608
    revision = found[0] if found else None
    if revision != REVISIONS[-1]:
        raise MigrationError(
            f"the target has schema revision {revision}, expected {REVISIONS[-1]}: bring v3's"
            " schema to this release first"
        )


def _read_catalogue(target: Connection, mapping: MigrationMapping) -> Catalogue:
    columns: dict[str, dict[str, TargetColumn]] = {}
    for schema in {mapping.target.schema, *(flow.into.partition(".")[0] for flow in mapping.flows)}:
        for row in target.execute(TARGET_COLUMNS, (schema,)).fetchall():
            table, name, kind, not_null, has_default, length = row
            columns.setdefault(f"{schema}.{table}", {})[name] = TargetColumn(
                type=kind, is_required=not_null and not has_default, length=length
            )
    return Catalogue(columns=columns)


def _check_table(flow: Flow, catalogue: Catalogue) -> None:
    columns = catalogue.columns.get(flow.into)
    if columns is None:
        raise MigrationError(f"the target has no table {flow.into}: correct the mapping")
    for name in flow.columns:
        if name not in columns:
            raise MigrationError(f"mapping, {flow.name}: {flow.into} has no column {name}")
    for name, column in columns.items():
        if name not in flow.columns:
            must = "which must have a value" if column.is_required else "by name or as a constant"
            raise MigrationError(
                f"mapping, {flow.name}: column {name} of {flow.into} is missed; give it, {must}"
            )


def _check_key(target: Connection, flow: Flow) -> None:
    keys = target.execute(UNIQUE_KEYS, (qualified(*flow.into.split(".")),)).fetchall()
    if (flow.target_key,) not in keys:
        raise MigrationError(
            f"mapping, {flow.name}: {flow.into}.{flow.target_key} is not unique in the target, so a"
            " row could not be found again; choose another target_key"
        )


def _check_empty(target: Connection, flow: Flow) -> None:
    table = qualified(*flow.into.split("."))
    scope = " AND ".join(f"{ident(name)} = {constant(word)}" for name, word in flow.scope.items())
    where = f"WHERE {scope}" if scope else ""
    row = target.execute(f"SELECT EXISTS (SELECT FROM {table} {where})").fetchone()  # noqa: S608
    if row and row[0]:
        which = f" with {scope}" if scope else ""
        raise MigrationError(
            f"the target is not empty: {flow.into} holds rows{which} that no migration of this"
            " mapping has brought; give an empty target, or remove them first"
        )
