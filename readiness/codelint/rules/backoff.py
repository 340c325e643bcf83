"""T12: the delay before a new attempt, which must be bounded and come back to its start."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from readiness.codelint.context import Context
from readiness.codelint.program import Class, Function
from readiness.codelint.syntax import dotted, last_name, mentions, snake, walk_same_scope

__all__ = ["check_growth"]

_DELAY = re.compile(r"delay|backoff|back_off|wait|failures|attempt|retries|retry|sleep|interval")


def _owner(function: Function | None) -> Class | None:
    while function is not None:
        if function.owner is not None:
            return function.owner
        function = function.parent
    return None


def check_growth(
    context: Context, loop: ast.While | ast.For, sleeps: list[tuple[ast.Call, Function]]
) -> None:
    """T12: the delay grows without a bound, or never comes back to its start."""
    if _attempts_are_bounded(loop):
        return
    for call, where in sleeps:
        if not call.args:
            continue
        delay = call.args[0]
        names = _delay_names(delay, where)
        grows = _power(delay) or any(_grows(where, name) for name in names)
        if not grows:
            continue
        if not _is_capped(delay, where, names):
            context.report("T12", where.module, call, "the delay grows without a bound")
        elif not any(_is_reset(where, name, loop) for name in _sources(names, where)):
            context.report("T12", where.module, call, "the delay is never reset")
        return


def _attempts_are_bounded(loop: ast.While | ast.For) -> bool:
    return isinstance(loop, ast.While) and any(
        isinstance(node, ast.Compare) and mentions(node, re.compile(r"attempt|retr|failures|max_"))
        for node in ast.walk(loop.test)
    )


def _delay_names(node: ast.expr, function: Function) -> set[str]:
    found = {dotted(n) for n in ast.walk(node) if isinstance(n, (ast.Name, ast.Attribute))}
    return {name for name in found if _DELAY.search(snake(name.rpartition(".")[2]))}


def _power(node: ast.AST) -> bool:
    return any(
        (isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Pow, ast.LShift)))
        or (isinstance(n, ast.Call) and last_name(n.func) == "pow")
        for n in ast.walk(node)
    )


def _assignments(function: Function, name: str) -> Iterator[tuple[ast.stmt, ast.expr]]:
    owner = _owner(function)
    scopes = [function]
    if name.startswith("self.") and owner is not None:
        scopes = [f for f in owner.module.functions if _owner(f) is owner]
    for scope in scopes:
        for node in scope.nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if dotted(target) == name and not isinstance(target, ast.Subscript):
                        yield node, node.value
            elif isinstance(node, ast.AugAssign) and dotted(node.target) == name:
                yield node, node.value


def _grows(function: Function, name: str) -> bool:
    for statement, value in _assignments(function, name):
        if isinstance(statement, ast.AugAssign):
            if isinstance(statement.op, (ast.Mult, ast.Pow)):
                return True
            is_count = re.search(r"failures|attempt|retr|count", snake(name))
            if isinstance(statement.op, ast.Add) and not is_count:
                return True
        if _power(value):
            return True
        for node in ast.walk(value):
            if (
                isinstance(node, ast.BinOp)
                and isinstance(node.op, ast.Mult)
                and name in {dotted(node.left), dotted(node.right)}
            ):
                return True
    return False


def _is_capped(delay: ast.expr, function: Function, names: set[str]) -> bool:
    if any(isinstance(n, ast.Call) and last_name(n.func) == "min" for n in ast.walk(delay)):
        return True
    for name in names:
        for _, value in _assignments(function, name):
            if any(isinstance(n, ast.Call) and last_name(n.func) == "min" for n in ast.walk(value)):
                return True
        for node in function.nodes:
            if (
                isinstance(node, ast.If)
                and mentions(node.test, re.compile(r"max|cap|limit"))
                and any(dotted(n) == name for n in ast.walk(node.test))
            ):
                return True
    return False


def _sources(names: set[str], function: Function) -> set[str]:
    """The names that a delay is computed from: `failures` behind `delay = min(2**failures, 30)`."""
    found = set(names)
    for name in names:
        for _, value in _assignments(function, name):
            for node in ast.walk(value):
                if isinstance(node, (ast.Name, ast.Attribute)):
                    word = dotted(node)
                    if _DELAY.search(snake(word.rpartition(".")[2])):
                        found.add(word)
    return {name for name in found if not name.rpartition(".")[2].isupper()}


def _is_reset(function: Function, name: str, loop: ast.While | ast.For) -> bool:
    """An assignment inside the loop, or in another method, that does not use the old value."""
    inside = {id(node) for node in walk_same_scope(loop)}
    for statement, value in _assignments(function, name):
        if isinstance(statement, ast.AugAssign):
            continue
        uses_itself = any(dotted(n) == name for n in ast.walk(value))
        is_initial = id(statement) not in inside and not name.startswith("self.")
        if not uses_itself and not is_initial and not _power(value):
            scope_name = _function_of(function, statement)
            if scope_name != "__init__":
                return True
    return False


def _function_of(function: Function, statement: ast.stmt) -> str:
    for ancestor in function.module.ancestors(statement):
        if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return ancestor.name
    return ""
