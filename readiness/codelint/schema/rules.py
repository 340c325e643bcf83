"""S01 to S08 on everything that describes tables; S09 stands in `built_sql`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from readiness.check import Severity
from readiness.codelint.context import Context
from readiness.codelint.program import Function, Module
from readiness.codelint.schema import built_sql
from readiness.codelint.schema.migrations import (
    Migration,
    destructions,
    heads,
    read_migrations,
    replay,
)
from readiness.codelint.schema.models import model_tables, table_calls
from readiness.codelint.schema.sqltext import destructive_statements, read_tables
from readiness.codelint.schema.tables import Origin, Table

__all__ = ["check", "described_tables"]

_ORDERS = re.compile(r"^(\w+_)?orders?$")
_NOT_ORDERS = re.compile(r"order_(events|history|book|log)|sltp|_audit|limit_order_book|^order_by$")
_LEGS = re.compile(r"position_?idx|position_?side|posSide|hedge_?mode|dualSide", re.IGNORECASE)
_TRADING = re.compile(
    r"^(\w+_)?(orders?|fills|executions|trades|positions|legs|partial_tp_history)$"
)
_QTY = re.compile(r"^(qty|quantity|filled_qty|amount|size|order_qty|position_size|close_qty)$")
_TEXT = frozenset({"varchar", "text", "string", "str", "char", "unicode", "nvarchar", "citext"})
_WORDS = re.compile(r"^(side|status|position_side|order_side|order_status|direction)$")
_DDL = re.compile(r"CREATE\s+(UNIQUE\s+)?(TABLE|INDEX|TYPE)|ALTER\s+TABLE", re.IGNORECASE)
_KINDS = {
    "text": "string",
    "str": "string",
    "varchar": "string",
    "unicode": "string",
    "int": "integer",
    "bigint": "integer",
    "biginteger": "integer",
    "smallinteger": "integer",
    "smallint": "integer",
    "decimal": "numeric",
    "real": "float",
    "double": "float",
    "double_precision": "float",
    "timestamp": "datetime",
    "timestamptz": "datetime",
    "bool": "boolean",
    "jsonb": "json",
    "dict": "json",
}
_MIGRATION = re.compile(r"migrat|upgrade|versions?/|(^|/)V?\d+[_.-]\w*|patch|(?<!down)\.up\.sql")


def check(context: Context) -> None:
    """Report what tables lack, what migrations destroy, and SQL built from values."""
    migrations = read_migrations(
        module for module in context.program.modules.values() if not module.is_test
    )
    replayed = replay(migrations)
    tables = described_tables(context, replayed)
    for table in tables:
        _columns(context, table)
    _migrations(context, migrations)
    for source in context.texts:
        if source.path.endswith(".sql") and _is_migration(source.path, source.text):
            for what, offset in destructive_statements(source.text):
                context.report_line("S05", source.path, offset + 1, f"{what} destroys data")
    _differences(context, [t for t in tables if t.origin is Origin.MODEL], replayed)
    built_sql.check(context)


def _is_migration(path: str, text: str) -> bool:
    """By its name, or because it changes tables that are there already."""
    if re.search(r"down|rollback|revert|undo", path):
        return False
    return bool(_MIGRATION.search(path)) or bool(re.search(r"\bALTER\s+TABLE\b", text, re.I))


def described_tables(context: Context, replayed: dict[str, Table] | None = None) -> list[Table]:
    """Every table that SQL files, models, and (where nothing else speaks) migrations describe."""
    modules = [m for m in context.program.modules.values() if not m.is_test]
    tables = model_tables(c for m in modules for c in m.classes)
    for module in modules:
        if "Table(" in module.text:
            tables += table_calls(module)
    for source in context.texts:
        if source.path.endswith(".sql"):
            tables += read_tables(source.text, source.path)
    known = {table.name for table in tables}
    for module in modules:
        if re.search(r"CREATE\s+TABLE", module.text, re.IGNORECASE):
            tables += [t for t in _in_strings(module) if t.name not in known]
    known = {table.name for table in tables}
    tables += [table for name, table in (replayed or {}).items() if name not in known]
    return tables


def _in_strings(module: Module) -> Iterable[Table]:
    """Tables of CREATE TABLE statements in string literals, with indexes of the same module."""
    chunks: list[tuple[str, int]] = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            chunks += [(node.value, node.lineno)] if _DDL.search(node.value) else []
    whole = ";\n".join(text for text, _ in chunks)
    indexed = {table.name: table for table in read_tables(whole, module.path)}
    for text, line in chunks:
        for table in read_tables(text, module.path, line):
            table.indexes = indexed[table.name].indexes if table.name in indexed else table.indexes
            yield table


def _speaks_of_legs(context: Context) -> bool:
    """Whether any code of the tree knows that a position has two legs; a schema alone may."""
    modules = context.program.modules.values()
    return not modules or any(_LEGS.search(module.text) for module in modules)


def _columns(context: Context, table: Table) -> None:
    if not _TRADING.search(table.name) or not table.columns:
        return
    is_orders = bool(_ORDERS.search(table.name)) and not _NOT_ORDERS.search(table.name)
    if is_orders and not table.is_partial:
        missing = [name for name in ("position_idx", "reduce_only") if not _has_leg(table, name)]
        if missing:
            context.report_line(
                "S01",
                table.path,
                table.line,
                f"table {table.name} has no {' and no '.join(missing)}",
                severity=None if _speaks_of_legs(context) else Severity.MEDIUM,
            )
        _indexes(context, table)
    for column in table.columns.values():
        if _QTY.search(column.name) and not table.is_checked(column.name):
            context.report_line(
                "S02",
                table.path,
                column.line,
                f"{table.name}.{column.name} may be negative: it has no CHECK",
            )
        if (
            _WORDS.search(column.name)
            and column.kind in _TEXT
            and not table.is_checked(column.name)
            and not column.is_reference
        ):
            context.report_line(
                "S03", table.path, column.line, f"{table.name}.{column.name} is free text"
            )


def _has_leg(table: Table, name: str) -> bool:
    other = {
        "position_idx": {"position_side", "leg", "pos_side", "position_index"},
        "reduce_only": {"is_reduce_only", "reduceonly", "close_position"},
    }
    return bool(({name} | other[name]) & set(table.columns))


def _indexes(context: Context, table: Table) -> None:
    if table.origin is Origin.MIGRATION:
        return
    missing: list[str] = []
    if {"symbol", "status"} <= set(table.columns):
        leading = [set(index[:2]) for index in table.indexes]
        if {"symbol", "status"} not in leading:
            missing.append("(symbol, status)")
    created = table.columns.get("created_at")
    if (
        created is not None
        and not created.is_indexed
        and not any(index and index[0] == "created_at" for index in table.indexes)
    ):
        missing.append("created_at")
    if missing:
        context.report_line(
            "S04",
            table.path,
            table.line,
            f"table {table.name} has no index on {' nor on '.join(missing)}",
        )


def _migrations(context: Context, migrations: list[Migration]) -> None:
    for migration in migrations:
        if migration.upgrade is not None:
            for node, what in destructions(migration.upgrade):
                context.report("S05", migration.module, node, f"{what} destroys data")
            changes = any(
                not isinstance(s, (ast.Pass, ast.Expr)) or _is_call(s)
                for s in migration.upgrade.body
            )
            down = migration.downgrade
            if changes and (down is None or _does_nothing(down)):
                node = down.node if down is not None else migration.revision_node
                context.report(
                    "S06", migration.module, node, f"revision {migration.revision} cannot be undone"
                )
    ends = heads(migrations)
    by_folder: dict[str, list[Migration]] = {}
    for migration in ends:
        by_folder.setdefault(migration.module.path.rpartition("/")[0], []).append(migration)
    for group in by_folder.values():
        if len(group) > 1:
            names = ", ".join(sorted(m.revision for m in group))
            last = max(group, key=lambda m: m.module.path)
            context.report("S07", last.module, last.revision_node, f"several heads: {names}")


def _is_call(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)


def _does_nothing(function: Function) -> bool:
    return all(
        isinstance(s, (ast.Pass, ast.Raise))
        or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
        for s in function.body
    )


def _differences(context: Context, models: list[Table], replayed: dict[str, Table]) -> None:
    for model in models:
        migrated = replayed.get(model.name)
        if migrated is None and replayed and not model.is_partial and model.columns:
            message = f"table {model.name} is in the models and in no migration"
            context.report_line("S08", model.path, model.line, message)
        if migrated is None or model.is_partial or migrated.is_partial:
            continue
        for name, column in model.columns.items():
            twin = migrated.columns.get(name)
            if twin is None:
                message = f"{model.name}.{name} is in the model and in no migration"
                context.report_line("S08", model.path, column.line, message)
            elif _differs(column.kind, twin.kind):
                message = f"{model.name}.{name} is {column.kind} here, {twin.kind} in {twin.path}"
                context.report_line("S08", model.path, column.line, message)
        for name, column in migrated.columns.items():
            if name not in model.columns:
                message = f"{model.name}.{name} is in the migrations and not in the model"
                context.report_line("S08", column.path or migrated.path, column.line, message)


def _differs(left: str, right: str) -> bool:
    """Types of different families; unknown and user-defined types never differ."""
    families = {"string", "integer", "numeric", "float", "datetime", "boolean", "json", "date"}
    pair = {_KINDS.get(left, left), _KINDS.get(right, right)}
    return len(pair) == 2 and pair <= families
