"""Alembic migrations: their order, what they destroy, and the tables that they leave behind."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from readiness.codelint.program import Function, Module
from readiness.codelint.schema.models import column_of, read_constraint
from readiness.codelint.schema.sqltext import (
    added_columns,
    destructive_statements,
    dropped_columns,
    read_tables,
)
from readiness.codelint.schema.tables import Column, Origin, Table
from readiness.codelint.syntax import calls_in, constant, last_name, strings_in

__all__ = ["Migration", "destructions", "heads", "read_migrations", "replay"]


@dataclass(eq=False, slots=True)
class Migration:
    """One revision: what it follows, and its two directions."""

    module: Module
    revision: str
    parents: tuple[str, ...]
    revision_node: ast.stmt
    upgrade: Function | None
    downgrade: Function | None


def read_migrations(modules: Iterator[Module]) -> list[Migration]:
    """Files that state a `revision` and a `down_revision`."""
    found: list[Migration] = []
    for module in modules:
        values = {
            last_name(target): (statement, value)
            for statement, target, value in _assignments(module)
        }
        if "revision" not in values or "down_revision" not in values:
            continue
        statement, value = values["revision"]
        revision = constant(value)
        if isinstance(revision, str):
            parents = tuple(strings_in(values["down_revision"][1]))
            functions = {f.name: f for f in module.functions if f.owner is None}
            found.append(
                Migration(
                    module,
                    revision,
                    parents,
                    statement,
                    functions.get("upgrade"),
                    functions.get("downgrade"),
                )
            )
    return found


def _assignments(module: Module) -> Iterator[tuple[ast.stmt, ast.expr, ast.expr]]:
    for statement in module.tree.body:
        if isinstance(statement, ast.Assign):
            yield statement, statement.targets[0], statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            yield statement, statement.target, statement.value


def heads(migrations: list[Migration]) -> list[Migration]:
    """Revisions that nothing follows, per folder of migrations."""
    followed = {
        (m.module.path.rpartition("/")[0], parent) for m in migrations for parent in m.parents
    }
    return [m for m in migrations if (m.module.path.rpartition("/")[0], m.revision) not in followed]


def destructions(function: Function) -> Iterator[tuple[ast.AST, str]]:
    """Operations of an upgrade that destroy rows or columns.

    What the same upgrade created, or made as a temporary table, does not count.
    """
    created = {
        str(constant(call.args[0])).lower()
        for call in calls_in(*function.body)
        if last_name(call.func) == "create_table" and call.args
    }
    temporary = " ".join(text for call in calls_in(*function.body) for text in strings_in(call))
    for call in calls_in(*function.body):
        name = last_name(call.func)
        target = str(constant(call.args[0])).lower() if call.args else ""
        if name == "drop_table" and target not in created:
            yield call, f"drop_table({target})"
        elif (name == "drop_column" and target not in created) or _narrows(call):
            yield call, ast.unparse(call)
        elif name == "delete" and isinstance(call.func, ast.Attribute) and not call.args:
            if not isinstance(call.func.value, ast.Call):
                yield call, ast.unparse(call)
        elif name in {"execute", "exec_driver_sql"}:
            text = " ".join(strings_in(call))
            for what, _ in destructive_statements(text):
                word = what.split()[-1].lower()
                if f"temporary table {word}" not in temporary.lower():
                    yield call, what


def _narrows(call: ast.Call) -> bool:
    """A change of type to one that holds less, from one that is stated."""
    if last_name(call.func) != "alter_column":
        return False
    kinds = {k.arg: k.value for k in call.keywords if k.arg in {"type_", "existing_type"}}
    names = {
        arg: last_name(v.func if isinstance(v, ast.Call) else v).lower() for arg, v in kinds.items()
    }
    wide = {"numeric": 4, "decimal": 4, "text": 5, "string": 3, "biginteger": 2, "integer": 1}
    wide |= {"float": 2, "smallinteger": 0, "boolean": 0, "date": 0, "datetime": 1}
    new, old = names.get("type_"), names.get("existing_type")
    return new in wide and old in wide and wide[str(new)] < wide[str(old)]


def replay(migrations: list[Migration]) -> dict[str, Table]:
    """The tables after all upgrades, parents first; raw SQL is read where it creates tables."""
    tables: dict[str, Table] = {}
    for migration in _ordered(migrations):
        if migration.upgrade is None:
            continue
        batch: dict[str, str] = _batches(migration.upgrade)
        for call in calls_in(*migration.upgrade.body):
            _apply(tables, migration.module, call, batch)
    return tables


def _ordered(migrations: list[Migration]) -> list[Migration]:
    by_revision = {m.revision: m for m in migrations}
    done: dict[str, Migration] = {}
    waiting = list(migrations)
    while waiting:
        ready = [m for m in waiting if all(p in done or p not in by_revision for p in m.parents)]
        for migration in ready or waiting[:1]:
            done[migration.revision] = migration
            waiting.remove(migration)
    return list(done.values())


def _batches(function: Function) -> dict[str, str]:
    """Names of `with op.batch_alter_table("t") as name` blocks."""
    found: dict[str, str] = {}
    for node in function.nodes:
        if isinstance(node, ast.With):
            for item in node.items:
                call = item.context_expr
                if (
                    isinstance(call, ast.Call)
                    and last_name(call.func) == "batch_alter_table"
                    and call.args
                    and item.optional_vars is not None
                ):
                    found[last_name(item.optional_vars)] = str(constant(call.args[0])).lower()
    return found


def _apply(tables: dict[str, Table], module: Module, call: ast.Call, batch: dict[str, str]) -> None:
    name = last_name(call.func)
    holder = last_name(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    arguments = list(call.args)
    if holder in batch:
        arguments = [ast.Constant(value=batch[holder]), *arguments]
    target = str(constant(arguments[0])).lower() if arguments else ""
    if name == "create_check_constraint" and len(arguments) > 2:
        checked = tables.get(str(constant(arguments[1])).lower())
        if checked is not None:
            checked.checks.append(" ".join(strings_in(arguments[2])))
    elif name == "create_table":
        tables[target] = _created(module, target, arguments[1:], call.lineno)
    elif name in {"execute", "run_sql"}:
        _execute(tables, module, call)
    elif name == "drop_table":
        tables.pop(target, None)
    elif target in tables and len(arguments) > 1:
        _change(tables, target, module, name, arguments, call)


def _created(module: Module, name: str, arguments: list[ast.expr], line: int) -> Table:
    table = Table(name=name, path=module.path, line=line, origin=Origin.MIGRATION)
    for value in arguments:
        if isinstance(value, ast.Call) and last_name(value.func) == "Column":
            _put(table, column_of(value), module)
        elif isinstance(value, ast.Call):
            read_constraint(table, value)
        elif isinstance(value, ast.Starred):
            table.is_partial = True
    return table


def _put(table: Table, column: Column, module: Module) -> None:
    column.path = module.path
    table.columns[column.name] = column


def _change(
    tables: dict[str, Table],
    target: str,
    module: Module,
    name: str,
    arguments: list[ast.expr],
    call: ast.Call,
) -> None:
    table = tables[target]
    second = str(constant(arguments[1])).lower()
    if name == "add_column" and isinstance(arguments[1], ast.Call):
        _put(table, column_of(arguments[1]), module)
    elif name == "drop_column":
        table.columns.pop(second, None)
    elif name == "rename_table":
        tables[second] = tables.pop(target)
    elif name == "alter_column":
        _alter(table, second, call)


def _execute(tables: dict[str, Table], module: Module, call: ast.Call) -> None:
    text = "\n".join(strings_in(call))
    for created in read_tables(text, module.path, call.lineno):
        created.origin = Origin.MIGRATION
        tables[created.name] = created
    for table_name, column_name, kind in added_columns(text):
        if table_name in tables:
            _put(tables[table_name], Column(column_name, kind, call.lineno), module)
    for table_name, column_name in dropped_columns(text):
        if table_name in tables:
            tables[table_name].columns.pop(column_name, None)


def _alter(table: Table, name: str, call: ast.Call) -> None:
    new = next((k.value for k in call.keywords if k.arg == "new_column_name"), None)
    kind = next((k.value for k in call.keywords if k.arg == "type_"), None)
    column = table.columns.get(name)
    if kind is not None and column is not None:
        column.kind = last_name(kind.func if isinstance(kind, ast.Call) else kind).lower()
    if new is not None:
        old = table.columns.pop(name, None)
        renamed = str(constant(new)).lower()
        column = old or Column(renamed, "", call.lineno)
        column.name = renamed
        table.columns[renamed] = column
