"""Recognises locks: by their type where it is known, by their name where it is not.

A lock is identified by where it lives (class and attribute, or module and name), so that equal
attribute names in different classes are different locks.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from readiness.codelint.program import Function
from readiness.codelint.resolve import RefKind, Resolver
from readiness.codelint.syntax import dotted, last_name, snake

__all__ = ["Lock", "deadline_around", "find_lock", "locks_around"]

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
_DEADLINES = (
    "asyncio.timeout",
    "asyncio.timeout_at",
    "async_timeout.timeout",
    "anyio.fail_after",
    "anyio.move_on_after",
    "trio.fail_after",
    "trio.move_on_after",
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
    return Lock(_key(target, function), kind, is_keyed, is_reentrant, ast.unparse(target))


def _base(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Subscript):
        return _base(node.value)
    if isinstance(node, ast.Call):
        return _base(node.func)
    return node


def _key(node: ast.expr, function: Function) -> str:
    text = dotted(node)
    head, _, tail = text.partition(".")
    current: Function | None = function
    while current is not None:
        if head in {"self", "cls"} and current.owner is not None:
            owner = current.owner
            for ancestor in owner.lineage():
                if tail.split(".")[0] in ancestor.attributes:
                    owner = ancestor
            return f"{owner.qualname}.{tail}"
        if head in current.bindings and not current.is_body:
            return f"{current.qualname}:{text}"
        current = current.parent
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
    return held


def deadline_around(node: ast.AST, function: Function, resolver: Resolver) -> bool:
    """Whether wait_for or a timeout block encloses the node in its function."""
    for ancestor in function.module.ancestors(node):
        if isinstance(ancestor, ast.Call):
            name = last_name(ancestor.func)
            if name in {"wait_for", "with_timeout", "run_with_timeout", "fail_after"}:
                return True
        if isinstance(ancestor, (ast.AsyncWith, ast.With)):
            for item in ancestor.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and is_deadline(call, function, resolver):
                    return True
    return False


def is_deadline(call: ast.Call, function: Function, resolver: Resolver) -> bool:
    """Whether the call opens a block with a deadline."""
    ref = resolver.expression(call.func, function)
    name = ref.outside if ref is not None else dotted(call.func)
    return name.removesuffix("()") in _DEADLINES or last_name(call.func) in {"deadline", "timeout"}
