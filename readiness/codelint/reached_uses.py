"""Which reads of a local name one of its assignments can reach.

A later assignment in a block around the read hides the earlier one; the other branch of an `if` is
never reached; a read above the assignment is reached when a loop holds both.
"""

from __future__ import annotations

import ast

from readiness.codelint.program import Function

__all__ = ["inner_functions", "reached_uses"]

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_BLOCKS = ("body", "orelse", "finalbody")


def inner_functions(function: Function) -> list[Function]:
    """The functions defined inside the function, which may read its names later."""
    found: list[Function] = []
    waiting = [*reversed(function.inner)]
    while waiting:
        found.append(waiting.pop())
        waiting.extend(reversed(found[-1].inner))
    return found


def reached_uses(name: str, function: Function, assignment: ast.AST) -> list[ast.Name]:
    """Reads of the name in the function's own body that may see what the assignment stored."""
    named = [n for n in function.nodes if isinstance(n, ast.Name) and n.id == name]
    inside = (
        {id(node) for node in ast.walk(assignment)} if assignment is not function.node else set()
    )
    stores = [n for n in named if not isinstance(n.ctx, ast.Load) and id(n) not in inside]
    return [
        node
        for node in named
        if isinstance(node.ctx, ast.Load)
        and (id(node) not in inside or isinstance(assignment, ast.NamedExpr))
        and _is_reached(node, assignment, stores, function)
    ]


def _is_reached(
    use: ast.Name, assignment: ast.AST, stores: list[ast.Name], function: Function
) -> bool:
    if assignment is function.node:
        start = (0, 0)
    else:
        start = _place(assignment)
        if _are_exclusive(assignment, use, function):
            return False
    is_above = _place(use) < start
    if is_above and not _share_loop(assignment, use, function):
        return False
    for store in stores:
        is_between = start < _place(store) < _place(use)
        if is_above:
            is_between = _place(store) < _place(use)
        if is_between and _dominates(store, use, function):
            return False
    return True


def _place(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _path(node: ast.AST, function: Function) -> list[ast.AST]:
    return [node, *function.module.ancestors(node)]


def _block_of(node: ast.AST, function: Function) -> tuple[ast.AST, str] | None:
    """The compound statement around a statement, and in which of its blocks it stands."""
    statement = function.module.statement(node)
    parent = function.module.parents.get(statement)
    for block in _BLOCKS:
        held = getattr(parent, block, None)
        if parent is not None and isinstance(held, list) and statement in held:
            return parent, block
    return (parent, "handlers") if parent is not None else None


def _dominates(store: ast.Name, use: ast.Name, function: Function) -> bool:
    """The store stands in a block that also holds the use: it runs whenever the use does."""
    place = _block_of(store, function)
    if place is None or (isinstance(place[0], ast.Try) and place[1] == "body"):
        return False
    holder, block = place
    held = getattr(holder, block, None)
    path = {id(node) for node in _path(use, function)}
    return isinstance(held, list) and any(id(statement) in path for statement in held)


def _are_exclusive(first: ast.AST, second: ast.AST, function: Function) -> bool:
    """The two stand in different branches of one `if`."""
    path = {id(node) for node in _path(first, function)}
    other = {id(node) for node in _path(second, function)}
    for ancestor in _path(second, function):
        if isinstance(ancestor, ast.If) and id(ancestor) in path:
            in_body = any(id(s) in path for s in ancestor.body)
            uses_body = any(id(s) in other for s in ancestor.body)
            in_else = any(id(s) in path for s in ancestor.orelse)
            uses_else = any(id(s) in other for s in ancestor.orelse)
            if (in_body and uses_else) or (in_else and uses_body):
                return not _share_loop(first, second, function)
    return False


def _share_loop(first: ast.AST, second: ast.AST, function: Function) -> bool:
    path = {id(node) for node in _path(first, function)}
    return any(isinstance(node, _LOOPS) and id(node) in path for node in _path(second, function))
