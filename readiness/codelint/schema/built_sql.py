"""S09: SQL that is put together from values."""

from __future__ import annotations

import ast
import re

from readiness.check import Severity
from readiness.codelint.context import Context
from readiness.codelint.program import Function
from readiness.codelint.schema.fixed_text import FixedText
from readiness.codelint.syntax import constant, last_name, strings_in

__all__ = ["check"]

_SQL = re.compile(
    r"^\s*(SELECT\b.+\bFROM\b|INSERT\s+INTO\b|UPDATE\s+[\w.\"{}]+\s+SET\b|DELETE\s+FROM\b|"
    r"CREATE\s+(TABLE|INDEX)\b|ALTER\s+TABLE\b|DROP\s+TABLE\b|TRUNCATE\b|WITH\s+\w+\s+AS\b|COPY\s+\w)",
    re.IGNORECASE | re.DOTALL,
)
_RUNS = frozenset(
    {"execute", "executemany", "fetch", "fetchrow", "fetchval", "fetch_all", "fetch_one", "text"}
    | {"executescript", "query", "read_sql", "read_sql_query", "raw", "exec_driver_sql", "mogrify"}
    | {"execute_query", "run_query", "scalar", "scalars", "prepare", "cursor"}
)


def check(context: Context) -> None:
    """Report statements that a quote in a value can change."""
    fixed = FixedText(context)
    for function in context.functions():
        for node in function.nodes:
            _string_sql(context, function, node, fixed)


def _string_sql(context: Context, function: Function, node: ast.AST, fixed: FixedText) -> None:
    if isinstance(node, ast.Call) and last_name(node.func) in {"substitute", "safe_substitute"}:
        if _reaches_database(function, node):
            context.report("S09", function.module, node, "this statement is a filled template")
        return
    holes = _appended(node) or _holes(node)
    if holes is None:
        return
    text, values = holes
    if _continues(function, node):
        text = " ".join(("SELECT x FROM y", text))
    if not _SQL.search(text) or not (
        _reaches_database(function, node) or _callers_run(context, function, node)
    ):
        return
    if all(fixed.is_fixed(value, function) for value in values):
        return
    if fixed.is_composed(values, function):
        return
    is_migration = "migration" in function.module.path  # It runs once, on values of its own.
    context.report(
        "S09",
        function.module,
        node,
        "this statement is put together from values",
        severity=Severity.MEDIUM if is_migration else None,
    )


def _continues(function: Function, node: ast.AST) -> bool:
    """`query += f"…"` where the query began as SQL."""
    statement = function.module.statement(node)
    if not isinstance(statement, ast.AugAssign) or not isinstance(statement.target, ast.Name):
        return False
    return any(
        b.expression is not None and any(_SQL.search(text) for text in strings_in(b.expression))
        for b in function.bindings.get(statement.target.id, [])
    )


def _appended(node: ast.AST) -> tuple[str, list[ast.expr]] | None:
    """`query += order_id`: the value itself is the hole."""
    kinds = (ast.Name, ast.Attribute, ast.Subscript)
    if isinstance(node, ast.AugAssign) and isinstance(node.value, kinds):
        return "", [node.value]
    return None


def _callers_run(context: Context, function: Function, node: ast.AST) -> bool:
    """The text is returned, and a caller hands it to a call that runs SQL."""
    if not isinstance(function.module.statement(node), ast.Return):
        return False
    for site in context.program.callers.get(function, []):
        parent = site.function.module.parents.get(site.node)
        if isinstance(parent, ast.Call) and last_name(parent.func) in _RUNS:
            return True
        if parent is not None and _reaches_database(site.function, site.node):
            return True
    return False


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
    for ancestor in (node, *function.module.ancestors(node)):
        if isinstance(ancestor, ast.Call) and ancestor is not node:
            return last_name(ancestor.func) in _RUNS
        if ancestor is not node and isinstance(ancestor, ast.BinOp):
            if not isinstance(ancestor.op, ast.Add):
                continue
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
