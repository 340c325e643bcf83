"""Reads tables from Python: declarative models, `Table(...)`, and Alembic's operations."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from readiness.codelint.program import Class, Module
from readiness.codelint.schema.tables import Column, Origin, Table
from readiness.codelint.syntax import argument, constant, dotted, is_constant, last_name, strings_in

__all__ = ["column_of", "model_tables", "read_constraint", "table_calls"]

_INDEXED = ("index", "unique", "primary_key")
_FROM_ANNOTATION = {"str": "string", "int": "integer", "float": "float", "bool": "boolean"}


def model_tables(classes: Iterable[Class]) -> list[Table]:
    """Tables of declarative classes, columns of mixins and bases included."""
    found: list[Table] = []
    for candidate in classes:
        name = _table_name(candidate)
        if name is None:
            continue
        table = Table(
            name=name, path=candidate.module.path, line=candidate.node.lineno, origin=Origin.MODEL
        )
        table.is_partial = any(
            base.rpartition(".")[2] not in {"DeclarativeBase", "Base", "declarative_base()"}
            and "declarative_base" not in base
            for base in candidate.outer_bases
        )
        for ancestor in reversed(list(candidate.lineage())):
            for statement in ancestor.node.body:
                _read_statement(table, statement)
        found.append(table)
    return found


def _table_name(candidate: Class) -> str | None:
    for statement in candidate.node.body:
        if isinstance(statement, ast.Assign) and last_name(statement.targets[0]) == "__tablename__":
            value = constant(statement.value)
            return value.lower() if isinstance(value, str) else None
        if isinstance(statement, ast.AnnAssign) and last_name(statement.target) == "__tablename__":
            value = constant(statement.value)
            return value.lower() if isinstance(value, str) else None
    return None


def _read_statement(table: Table, statement: ast.stmt) -> None:
    annotation: ast.expr | None = None
    value: ast.expr | None
    if isinstance(statement, ast.Assign):
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign):
        target, value, annotation = statement.target, statement.value, statement.annotation
    else:
        return
    name = last_name(target)
    if name == "__table_args__":
        for inner in ast.walk(statement):
            if isinstance(inner, ast.Call):
                read_constraint(table, inner)
        return
    is_mapped = isinstance(annotation, ast.Subscript) and last_name(annotation.value) == "Mapped"
    if isinstance(value, ast.Call) and last_name(value.func) in {"Column", "mapped_column"}:
        column = column_of(value, name)
        if column.kind == "" and isinstance(annotation, ast.Subscript):
            column.kind = _mapped_kind(annotation.slice)
        column.line = statement.lineno
        table.columns[column.name] = column
    elif is_mapped and value is None and isinstance(annotation, ast.Subscript):
        table.columns[name.lower()] = Column(
            name.lower(), _mapped_kind(annotation.slice), statement.lineno
        )


def _mapped_kind(node: ast.expr) -> str:
    if isinstance(node, ast.BinOp):
        node = node.left
    if isinstance(node, ast.Subscript):
        node = node.slice
    name = last_name(node)
    return _FROM_ANNOTATION.get(name, name.lower())


def column_of(call: ast.Call, name: str = "") -> Column:
    """The column that a `Column(...)` or `mapped_column(...)` call describes."""
    arguments = list(call.args)
    if arguments and isinstance(constant(arguments[0]), str):
        name = str(constant(arguments[0]))
        arguments = arguments[1:]
    kind = ""
    has_check = False
    for value in arguments:
        inner = last_name(value.func) if isinstance(value, ast.Call) else last_name(value)
        if inner == "CheckConstraint":
            has_check = True
        elif not kind and inner not in {"ForeignKey", "Sequence", "Identity", "Computed"}:
            kind = inner.lower()
    kind = kind or last_name(argument(call, "type_")).lower()
    return Column(
        name.lower(),
        kind,
        call.lineno,
        has_check=has_check,
        is_reference=any(
            isinstance(v, ast.Call) and last_name(v.func) == "ForeignKey" for v in arguments
        ),
        is_indexed=any(is_constant(argument(call, flag), True) for flag in _INDEXED),
        is_required=is_constant(argument(call, "nullable"), False),
    )


def read_constraint(table: Table, call: ast.Call) -> None:
    """Add a CHECK, an index or a unique key to the table."""
    kind = last_name(call.func)
    if kind == "CheckConstraint":
        table.checks.append(" ".join(strings_in(call)))
    elif kind == "Index":
        table.indexes.append(tuple(_names(call.args[1:])))
    elif kind in {"UniqueConstraint", "PrimaryKeyConstraint"}:
        table.indexes.append(tuple(_names(call.args)))


def _names(arguments: list[ast.expr]) -> list[str]:
    found: list[str] = []
    for value in arguments:
        text = constant(value)
        if isinstance(text, str):
            found.append(re.split(r"[\s(]", text)[0].lower())
        elif isinstance(value, ast.Call):
            inner = list(strings_in(value))
            spelled = value.func.value if isinstance(value.func, ast.Attribute) else value
            found.append((inner[0] if inner else dotted(spelled).rpartition(".")[2]).lower())
        else:
            found.append(dotted(value).rpartition(".")[2].lower())
    return [re.split(r"\s", name)[0] for name in found]


def table_calls(module: Module) -> list[Table]:
    """Tables of `Table("name", metadata, Column(...))` calls, with indexes made after them."""
    found: dict[str, Table] = {}
    variables: dict[str, Table] = {}
    for function in module.functions:
        for node in function.nodes:
            if not isinstance(node, ast.Call):
                continue
            name = last_name(node.func)
            if name == "Table" and len(node.args) >= 3 and isinstance(constant(node.args[0]), str):
                table = _table_of(module, node)
                found[table.name] = table
                parent = module.parents.get(node)
                if isinstance(parent, ast.Assign):
                    variables[last_name(parent.targets[0])] = table
            elif name == "Index" and len(node.args) > 1:
                base = dotted(node.args[1]).partition(".")[0]
                if base in variables:
                    variables[base].indexes.append(tuple(_names(node.args[1:])))
    return list(found.values())


def _table_of(module: Module, call: ast.Call) -> Table:
    table = Table(
        name=str(constant(call.args[0])).lower(),
        path=module.path,
        line=call.lineno,
        origin=Origin.MODEL,
    )
    for value in call.args[2:]:
        if isinstance(value, ast.Call):
            if last_name(value.func) == "Column":
                column = column_of(value)
                table.columns[column.name] = column
            else:
                read_constraint(table, value)
        elif isinstance(value, ast.Starred):
            table.is_partial = True
    return table
