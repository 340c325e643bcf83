"""D37: a lock of threads that is held while the coroutine waits."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from readiness.codelint.context import Context
from readiness.codelint.locks import Lock, find_lock
from readiness.codelint.program import CallSite, Function
from readiness.codelint.syntax import walk_same_scope

__all__ = ["check"]


def check(context: Context) -> None:
    """Report thread locks over awaits: the thread of the loop holds what others wait for."""
    for function in context.functions():
        if function.is_async:
            _thread_locks(context, function)


def _thread_locks(context: Context, function: Function) -> None:
    for node in function.nodes:
        if isinstance(node, ast.With):
            for item in node.items:
                lock = find_lock(item.context_expr, function, context.resolver)
                if lock is not None and _blocks_thread(context, function, item, lock):
                    _await_inside(context, function, node, node.body, lock)
    for site in function.calls:
        if (
            site.name == "acquire"
            and not site.is_awaited
            and isinstance(site.node.func, ast.Attribute)
        ):
            lock = find_lock(site.node.func.value, function, context.resolver)
            if lock is not None and lock.kind == "thread":
                _await_inside(context, function, site.node, _held_after(site, lock.text), lock)


def _blocks_thread(context: Context, function: Function, item: ast.withitem, lock: Lock) -> bool:
    """A plain `with` on a lock: asyncio's own locks would not allow it."""
    if lock.kind == "semaphore":
        return context.outside(item.context_expr, function).startswith("threading.")
    return lock.kind in {"thread", "named"}


def _held_after(site: CallSite, text: str) -> list[ast.AST]:
    """What runs between an `acquire()` and the first release below it."""
    line = site.node.lineno
    ends = [
        other.node.lineno
        for other in site.function.calls
        if other.name == "release" and other.receiver == text and other.node.lineno > line
    ]
    end = min(ends, default=line)
    return [node for node in site.function.nodes if line < getattr(node, "lineno", 0) < end]


def _await_inside(
    context: Context, function: Function, node: ast.AST, body: Iterable[ast.AST], lock: Lock
) -> None:
    for inner in _awaits(body):
        context.report(
            "D37",
            function.module,
            node,
            f"{lock.text} is a thread lock, held across the await in line "
            f"{getattr(inner, 'lineno', 0)}",
        )
        return


def _awaits(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for statement in body:
        for node in walk_same_scope(statement):
            is_async_loop = isinstance(node, ast.comprehension) and node.is_async
            if is_async_loop or isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)):
                yield node
