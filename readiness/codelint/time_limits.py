"""Where a wait has a deadline: blocks, wrappers and decorators that bound what they are handed."""

from __future__ import annotations

import ast
import re

from readiness.codelint.program import Function
from readiness.codelint.reaches import wrapper_of
from readiness.codelint.resolve import Resolver
from readiness.codelint.syntax import dotted, last_name, snake

__all__ = ["deadline_around", "decorator_sets_limit", "is_deadline", "sets_limit"]

_SMALL = 120  # Nodes of a function that does little besides bounding what it is handed.
_WAITS = frozenset({"asyncio.wait_for", "asyncio.tasks.wait_for"})
_OPENERS = ("timeout", "timeout_at", "fail_after", "move_on_after", "wait_for")
_BOUNDED = re.compile(r"(^|_)(wait_for|timeout|deadline|bounded|time_limit|fail_after)(_|$)")
_DEADLINES = (
    "asyncio.timeout",
    "asyncio.timeout_at",
    "async_timeout.timeout",
    "anyio.fail_after",
    "anyio.move_on_after",
    "trio.fail_after",
    "trio.move_on_after",
)


def deadline_around(node: ast.AST, function: Function, resolver: Resolver) -> bool:
    """Whether wait_for or a timeout block encloses the node in its function."""
    for ancestor in function.module.ancestors(node):
        if isinstance(ancestor, ast.Call):
            if _BOUNDED.search(snake(last_name(ancestor.func))):
                return True
            site = function.by_call.get(ancestor)
            if site is not None and site.target is not None and sets_limit(site.target, resolver):
                return True
        if isinstance(ancestor, (ast.AsyncWith, ast.With)):
            for item in ancestor.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and is_deadline(call, function, resolver):
                    return True
            if _entered_before(node, ancestor, function, resolver):
                return True
    return False


def _entered_before(
    node: ast.AST, block: ast.With | ast.AsyncWith, function: Function, resolver: Resolver
) -> bool:
    """A deadline that an exit stack of the block entered above the node."""
    return any(
        block.lineno <= site.node.lineno < getattr(node, "lineno", 0)
        and site.name in {"enter_async_context", "enter_context"}
        and bool(site.node.args)
        and isinstance(site.node.args[0], ast.Call)
        and is_deadline(site.node.args[0], function, resolver)
        for site in function.calls
    )


def is_deadline(call: ast.Call, function: Function, resolver: Resolver) -> bool:
    """Whether the call opens a block with a deadline."""
    ref = resolver.expression(call.func, function)
    if ref is not None and ref.function is not None and sets_limit(ref.function, resolver):
        return True
    name = ref.outside if ref is not None else dotted(call.func)
    return name.removesuffix("()") in _DEADLINES or bool(
        _BOUNDED.search(snake(last_name(call.func)))
    )


def sets_limit(function: Function, resolver: Resolver) -> bool:
    """Whether a small function of the tree puts a deadline around what it is handed."""
    if len(function.nodes) > _SMALL:
        return False
    if any(site.external in _WAITS for site in function.calls):
        return True
    return any(
        isinstance(item.context_expr, ast.Call)
        and resolver.expression(item.context_expr.func, function) is not None
        and dotted(item.context_expr.func).endswith(_OPENERS)
        for node in function.nodes
        if isinstance(node, (ast.With, ast.AsyncWith))
        for item in node.items
    )


def decorator_sets_limit(function: Function, resolver: Resolver) -> bool:
    """Whether a decorator of the tree waits for the function with a deadline."""
    wrappers = (wrapper_of(d, function, resolver) for d in function.decorators)
    return any(w is not None and sets_limit(w, resolver) for w in wrappers)
