"""Recognises locks: by their type where it is known, by their name where it is not.

A lock is identified by where it lives (class and attribute, or module and name), so that equal
attribute names in different classes are different locks.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from readiness.codelint.program import Function
from readiness.codelint.refs import RefKind
from readiness.codelint.resolve import Resolver
from readiness.codelint.syntax import dotted, last_name, snake

__all__ = ["Lock", "find_lock", "locks_around"]

_NAME = re.compile(r"(^|_)(lock|mutex|rlock)s?(_|$)|(^|_)lock_for|^(get|acquire)_lock")
_ASYNC = frozenset({"asyncio.Lock", "asyncio.locks.Lock", "anyio.Lock", "asyncio.Condition"})
_THREAD = frozenset(
    {"threading.Lock", "threading.RLock", "multiprocessing.Lock", "threading.Condition"}
    | {"threading.Lock()", "_thread.allocate_lock()"}
)
_SEMAPHORE = frozenset(
    {"asyncio.Semaphore", "asyncio.BoundedSemaphore", "threading.Semaphore", "anyio.Semaphore"}
    | {"threading.BoundedSemaphore", "anyio.CapacityLimiter"}
)


@dataclass(frozen=True, slots=True)
class Lock:
    """`key` names the lock; `kind` is async, thread, semaphore or named (only the name tells)."""

    key: str
    kind: str
    is_keyed: bool
    is_reentrant: bool
    text: str


def find_lock(node: ast.expr, function: Function, resolver: Resolver) -> Lock | None:
    """The lock that an expression denotes, None where it denotes none."""
    target = node
    is_keyed = False
    if isinstance(target, ast.Call):
        if last_name(target.func) in {"acquire", "locked", "read_lock", "write_lock"}:
            target = target.func.value if isinstance(target.func, ast.Attribute) else target
        else:
            is_keyed = bool(target.args)
    if isinstance(target, ast.Subscript):
        is_keyed = True
    held = _held_by(node, function, resolver)
    if held is not None:
        return held
    ref = resolver.expression(target, function)
    outside = ref.outside if ref is not None else ""
    spelled = outside.removesuffix("()")
    if spelled in _ASYNC:
        kind = "async"
    elif spelled in _THREAD or outside in _THREAD:
        kind = "thread"
    elif spelled in _SEMAPHORE:
        kind = "semaphore"
    elif ref is not None and ref.kind is RefKind.INSTANCE:
        return None
    elif _NAME.search(snake(last_name(_base(target)))) and not outside.startswith("builtins."):
        kind = "named"
    else:
        return None
    is_reentrant = "RLock" in spelled or kind == "semaphore"
    return Lock(_key(target, function, resolver), kind, is_keyed, is_reentrant, ast.unparse(target))


def _held_by(node: ast.expr, function: Function, resolver: Resolver) -> Lock | None:
    """The lock that a generator-based context manager of the tree holds while its block runs."""
    called = resolver.expression(node.func, function) if isinstance(node, ast.Call) else None
    maker = called.function if called is not None else None
    if maker is None or not any("contextmanager" in last_name(d) for d in maker.decorators):
        return None
    yields = [n for n in maker.nodes if isinstance(n, ast.Yield)]
    if len(yields) != 1 or maker is function:
        return None
    around = locks_around(yields[0], maker, resolver)
    return around[0][0] if around else None


def _base(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Subscript):
        return _base(node.value)
    if isinstance(node, ast.Call):
        return _base(node.func)
    return node


def _key(node: ast.expr, function: Function, resolver: Resolver) -> str:
    """Where the lock lives: its class and attribute, its module and name, or its function."""
    base = _base(node)
    if isinstance(base, ast.Attribute):
        holder = resolver.expression(base.value, function)
        if holder is not None and holder.found is not None:
            owner = next(
                (c for c in holder.found.lineage() if base.attr in c.attributes), holder.found
            )
            return f"{owner.qualname}.{base.attr}"
        if holder is not None and holder.module is not None:
            return f"{holder.module.name}:{base.attr}"
    text = dotted(base)
    head = text.partition(".")[0]
    current: Function | None = function
    while current is not None:
        if head in current.bindings and not current.is_body:
            return f"{current.qualname}:{text}"
        current = current.parent
    for binding in function.module.body.bindings.get(head, []):
        origin, _, name = binding.dotted.rpartition(".")
        module = resolver.find_module(origin, function.module) if origin else None
        if module is not None:
            return f"{module.name}:{name}"
    return f"{function.module.name}:{text}"


def locks_around(
    node: ast.AST, function: Function, resolver: Resolver
) -> list[tuple[Lock, ast.AST]]:
    """The locks held at a node by enclosing `with` statements, innermost first."""
    held: list[tuple[Lock, ast.AST]] = []
    previous = node
    for ancestor in function.module.ancestors(node):
        if isinstance(ancestor, (ast.With, ast.AsyncWith)) and previous in ancestor.body:
            for item in reversed(ancestor.items):
                lock = find_lock(item.context_expr, function, resolver)
                if lock is not None:
                    held.append((lock, ancestor))
        previous = ancestor
    return held + _acquired_before(node, function, resolver)


def _acquired_before(
    node: ast.AST, function: Function, resolver: Resolver
) -> list[tuple[Lock, ast.AST]]:
    """Locks taken by `acquire()` above the node and released below it."""
    line = getattr(node, "lineno", 0)
    found: list[tuple[Lock, ast.AST]] = []
    for site in function.calls:
        func = site.node.func
        if site.name != "acquire" or not isinstance(func, ast.Attribute):
            continue
        end = site.node.end_lineno or site.node.lineno
        if end >= line:
            continue
        releases = [
            other.node.lineno
            for other in function.calls
            if other.name == "release"
            and other.receiver == site.receiver
            and other.node.lineno > end
        ]
        if releases and min(releases) > line:
            lock = find_lock(func.value, function, resolver)
            if lock is not None:
                found.append((lock, site.node))
    return found
