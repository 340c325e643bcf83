"""What is reached by a name made at run time, through a proxy, or as a part of an answer."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from readiness.codelint.program import Class, Function
from readiness.codelint.refs import Ref, RefKind
from readiness.codelint.syntax import constant, last_name

if TYPE_CHECKING:
    from readiness.codelint.resolve import Resolver

__all__ = ["by_name", "handed_on", "part_of"]


def by_name(resolver: Resolver, base: Ref | None, name: ast.expr) -> Ref | None:
    """`getattr(self, "on_fill")`, and `getattr(self, f"on_{kind}")` for methods of one kind."""
    member = constant(name)
    if isinstance(member, str):
        return resolver.attribute(base, member)
    prefix = constant(name.values[0]) if isinstance(name, ast.JoinedStr) else None
    if base is None or base.found is None or not isinstance(prefix, str) or not prefix:
        return None
    meant = [m for n, m in base.found.methods.items() if n.startswith(prefix)]
    if not meant or any(m.is_async is not meant[0].is_async for m in meant):
        return None
    return Ref(RefKind.FUNCTION, meant[0].qualname, function=meant[0])


def handed_on(resolver: Resolver, found: Class, name: str) -> Ref | None:
    """What `__getattr__` finds in the object that a proxy stands for."""
    method = found.method("__getattr__")
    if method is None or name.startswith("_"):
        return None
    for node in method.nodes:
        if isinstance(node, ast.Call) and last_name(node.func) == "getattr" and node.args:
            return resolver.attribute(resolver.expression(node.args[0], method), name)
    return None


def part_of(resolver: Resolver, value: ast.expr, place: int, scope: Function) -> Ref | None:
    """One part of the tuple that a function of the tree returns, or promises to."""
    call = value.value if isinstance(value, ast.Await) else value
    called = resolver.expression(call.func, scope) if isinstance(call, ast.Call) else None
    maker = called.function if called is not None else None
    if maker is None:
        return None
    promised = resolver.annotation(getattr(maker.node, "returns", None), maker)
    if promised is not None and place < len(promised.parts):
        return promised.parts[place]
    for node in maker.nodes:
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            parts = node.value.elts
            return resolver.expression(parts[place], maker) if place < len(parts) else None
    return None
