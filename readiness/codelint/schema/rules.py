"""S01 to S09 on everything that describes tables or builds SQL."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from readiness.codelint.context import Context
from readiness.codelint.program import Function, Module
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
from readiness.codelint.syntax import constant, last_name, strings_in

__all__ = ["check", "described_tables"]

_ORDERS = re.compile(r"^(\w+_)?orders?$")
_NOT_ORDERS = re.compile(r"order_(events|history|book|log)|sltp|_audit|limit_order_book|^order_by$")
_TRADING = re.compile(
    r"^(\w+_)?(orders?|fills|executions|trades|positions|legs|partial_tp_history)$"
)
_QTY = re.compile(r"^(qty|quantity|filled_qty|amount|size|order_qty|position_size|close_qty)$")
_TEXT = frozenset({"varchar", "text", "string", "str", "char", "unicode", "nvarchar", "citext"})
_WORDS = re.compile(r"^(side|status|position_side|order_side|order_status|direction)$")
_SQL = re.compile(
    r"^\s*(SELECT\b.+\bFROM\b|INSERT\s+INTO\b|UPDATE\s+[\w.\"{}]+\s+SET\b|DELETE\s+FROM\b|"
    r"CREATE\s+(TABLE|INDEX)\b|ALTER\s+TABLE\b|DROP\s+TABLE\b|TRUNCATE\b|WITH\s+\w+\s+AS\b|COPY\s+\w)",
    re.IGNORECASE | re.DOTALL,
)
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
_RUNS = frozenset(
    {"execute", "executemany", "fetch", "fetchrow", "fetchval", "fetch_all", "fetch_one", "text"}
    | {"executescript", "query", "read_sql", "read_sql_query", "raw", "exec_driver_sql", "mogrify"}
    | {"execute_query", "run_query", "scalar", "scalars", "prepare", "cursor"}
)


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
        if source.path.endswith(".sql") and _MIGRATION.search(source.path):
            for what, offset in destructive_statements(source.text):
                context.report_line("S05", source.path, offset + 1, f"{what} destroys data")
    _differences(context, [t for t in tables if t.origin is Origin.MODEL], replayed)
    for function in context.functions():
        for node in function.nodes:
            _string_sql(context, function, node)


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


# S09


def _string_sql(context: Context, function: Function, node: ast.AST) -> None:
    if isinstance(node, ast.Call) and last_name(node.func) in {"substitute", "safe_substitute"}:
        if _reaches_database(function, node):
            context.report("S09", function.module, node, "this statement is a filled template")
        return
    holes = _holes(node)
    if holes is None:
        return
    text, values = holes
    if _continues(function, node):
        text = " ".join(("SELECT x FROM y", text))
    if not _SQL.search(text) or not _reaches_database(function, node):
        return
    if all(_is_fixed(value, function, 0) for value in values):
        return
    context.report("S09", function.module, node, "this statement is put together from values")


def _continues(function: Function, node: ast.AST) -> bool:
    """`query += f"…"` where the query began as SQL."""
    statement = function.module.statement(node)
    if not isinstance(statement, ast.AugAssign) or not isinstance(statement.target, ast.Name):
        return False
    return any(
        b.expression is not None and any(_SQL.search(text) for text in strings_in(b.expression))
        for b in function.bindings.get(statement.target.id, [])
    )


def _holes(node: ast.AST) -> tuple[str, list[ast.expr]] | None:
    """The literal text of a built string, and the expressions put into it."""
    if isinstance(node, ast.JoinedStr):
        values = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        text = "".join(
            str(part.value) if isinstance(part, ast.Constant) else " {x} " for part in node.values
        )
        return (text, values) if values else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        text_value = constant(node.left)
        if isinstance(text_value, str):
            parts = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
            return text_value, parts
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        leaves = _leaves(node)
        words = [str(constant(leaf)) for leaf in leaves if isinstance(constant(leaf), str)]
        rest = [leaf for leaf in leaves if not isinstance(constant(leaf), str)]
        return (" ".join(words), rest) if words and rest else None
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"format", "format_map"}
        and isinstance(constant(node.func.value), str)
    ):
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        return str(constant(node.func.value)), values
    return None


def _leaves(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_leaves(node.left), *_leaves(node.right)]
    return [node]


def _reaches_database(function: Function, node: ast.AST) -> bool:
    """Handed to a call that runs SQL, or kept in a name that is."""
    names: set[str] = set()
    for ancestor in function.module.ancestors(node):
        if isinstance(ancestor, ast.Call):
            return last_name(ancestor.func) in _RUNS
        if isinstance(ancestor, ast.BinOp) and isinstance(ancestor.op, ast.Add):
            return False  # The outermost sum is judged.
        if isinstance(ancestor, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            targets = ancestor.targets if isinstance(ancestor, ast.Assign) else [ancestor.target]
            names = {last_name(target) for target in targets}
            break
    if isinstance(function.module.statement(node), ast.Return):
        return bool(re.search(r"query|sql|statement", function.name.lower()))
    if not names:
        return False
    return any(
        site.name in _RUNS
        and any(
            isinstance(n, ast.Name) and n.id in names for a in site.node.args for n in ast.walk(a)
        )
        for site in function.calls
    )


def _is_fixed(value: ast.expr, function: Function, depth: int) -> bool:
    """A constant name, a list of placeholders, or something built from those alone."""
    if depth > 4:
        return False
    if isinstance(value, ast.Constant):
        return True
    if isinstance(value, (ast.Name, ast.Attribute)) and last_name(value).isupper():
        return True
    if isinstance(value, ast.Subscript):
        return last_name(value.value).isupper()
    if isinstance(value, ast.Attribute) and value.attr in {"value", "name"}:
        return True  # A member of an enum comes out of a closed list.
    if isinstance(value, ast.Name):
        bindings = function.bindings.get(value.id, [])
        if bindings and all(
            b.kind.name == "ITERATION" and last_name(b.expression).isupper() for b in bindings
        ):
            return True
        made = [b.expression for b in bindings if b.expression is not None]
        return (
            bool(made)
            and len(made) == len(bindings)
            and all(_is_fixed(inner, function, depth + 1) for inner in made)
            and not any(b.kind.name in {"PARAMETER", "ITERATION"} for b in bindings)
        )
    if isinstance(value, ast.Call):
        if last_name(value.func) == "join" and value.args:
            return _is_placeholder_list(value.args[0])
        return last_name(value.func) in {"Identifier", "quote_ident", "len", "int", "range"}
    if isinstance(value, ast.BinOp):
        return all(_is_fixed(leaf, function, depth + 1) for leaf in (value.left, value.right))
    if isinstance(value, ast.JoinedStr):
        return all(
            _is_fixed(part.value, function, depth + 1)
            for part in value.values
            if isinstance(part, ast.FormattedValue)
        )
    return isinstance(value, ast.IfExp) and all(
        _is_fixed(v, function, depth + 1) for v in (value.body, value.orelse)
    )


def _is_placeholder_list(node: ast.expr) -> bool:
    """`"$1, $2"` counted by code, `["?"] * n`, or a join of constant columns."""
    if isinstance(node, (ast.Name, ast.Attribute)):
        return last_name(node).isupper()
    if isinstance(node, ast.BinOp):
        return True
    if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
        texts = list(strings_in(node.elt))
        return any(mark in text for text in texts for mark in ("$", "?", "%s", ":"))
    return False
