"""D24 beyond one name: a list that is rebuilt across awaits, and a value kept in Redis.

Both read the state piece by piece, wait in between, and write the whole back: what another task
stored meanwhile is lost. The data-flow over names does not see either.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from readiness.check import Severity
from readiness.codelint.context import Context
from readiness.codelint.locks import locks_around
from readiness.codelint.ownership import Ownership
from readiness.codelint.program import CallSite, Function
from readiness.codelint.shared import value_names
from readiness.codelint.syntax import dotted, last_name, snake

__all__ = ["check"]

_REMOTE = re.compile(r"(^|[._])(redis|redis_client|kv|kv_store|cache)$")
_GUARDS = frozenset({"watch", "multi", "transaction", "eval", "register_script"})
_VIEWS = frozenset({"values", "items", "keys", "list", "tuple", "sorted", "copy"})


def check(context: Context) -> None:
    """Report state that is written back from pieces read before awaits."""
    ownership = Ownership(context)
    for function in context.functions():
        if not function.is_async or not function.has_await:
            continue
        for node in function.nodes:
            if isinstance(node, ast.For):
                _rebuilt(context, function, node, ownership)
        _remote(context, function)


def _rebuilt(context: Context, function: Function, loop: ast.For, ownership: Ownership) -> None:
    """`for order in self.orders: await …; kept.append(order)`, then `self.orders = kept`."""
    place = _iterated(loop.iter)
    if not place.startswith("self.") or ownership.is_owned(function, place):
        return
    if not any(isinstance(node, ast.Await) for s in loop.body for node in ast.walk(s)):
        return
    filled = {
        dotted(node.func.value)
        for statement in loop.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"append", "add"}
    }
    for node in function.nodes:
        if not isinstance(node, ast.Assign) or node.lineno < loop.lineno:
            continue
        is_whole = any(dotted(t) == place and isinstance(t, ast.Attribute) for t in node.targets)
        is_refilled = isinstance(node.value, ast.Name) and node.value.id in filled
        if is_whole and is_refilled and not _is_locked(context, function, loop):
            what = f"{place} is rebuilt across awaits: what was added meanwhile is lost"
            context.report("D24", function.module, node, what)


def _iterated(node: ast.expr) -> str:
    """The place that a loop runs over, views and copies of it included."""
    if isinstance(node, ast.Call) and last_name(node.func) in _VIEWS:
        if isinstance(node.func, ast.Attribute):
            return _iterated(node.func.value)
        return _iterated(node.args[0]) if node.args else ""
    return dotted(node) if isinstance(node, ast.Attribute) else ""


def _is_locked(context: Context, function: Function, node: ast.AST) -> bool:
    return bool(locks_around(node, function, context.resolver))


def _remote(context: Context, function: Function) -> None:
    """`n = await redis.get(k)`, then `await redis.set(k, n + 1)`."""
    if any(site.name in _GUARDS for site in function.calls):
        return
    for name, asked in _asked(function):
        for site in function.calls:
            is_back = site.name in {"set", "setex"} and site.receiver == asked.receiver
            if not is_back or len(site.node.args) < 2 or site.node.lineno <= asked.node.lineno:
                continue
            same = ast.unparse(site.node.args[0]) == ast.unparse(asked.node.args[0])
            value = site.node.args[-1]
            is_derived = name in value_names(value) and not isinstance(value, ast.Name)
            if same and is_derived and not _is_locked(context, function, site.node):
                what = f"{ast.unparse(asked.node.args[0])} is written from {name}, read before"
                context.report("D24", function.module, site.node, what, severity=Severity.HIGH)


def _asked(function: Function) -> Iterator[tuple[str, CallSite]]:
    """Locals that hold what a remote store answered."""
    for site in function.calls:
        if site.name != "get" or not site.is_awaited or not site.node.args:
            continue
        is_remote = site.external.startswith("redis.") or _REMOTE.search(snake(site.receiver))
        statement = function.module.statement(site.node)
        if is_remote and isinstance(statement, ast.Assign):
            target = statement.targets[0]
            if isinstance(target, ast.Name):
                yield target.id, site
