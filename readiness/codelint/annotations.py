"""Reads an annotation as the type that it promises: generics, unions, aliases, text."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from readiness.codelint.program import BindKind, Function
from readiness.codelint.refs import Ref, RefKind
from readiness.codelint.syntax import constant, last_name

if TYPE_CHECKING:
    from readiness.codelint.resolve import Resolver

__all__ = ["ASYNC_CALLABLE", "Annotations"]

ASYNC_CALLABLE = "typing.Callable[..., Awaitable]"
_AWAITED = re.compile(r"\b(Awaitable|Coroutine)\b")
_WRAPPERS = frozenset(
    {"Optional", "Awaitable", "Coroutine", "Annotated", "Final", "ClassVar", "Union", "Required"}
)
_SEQUENCES = frozenset(
    {"list", "List", "set", "Set", "Sequence", "Iterable", "Iterator", "tuple", "Tuple", "deque"}
    | {"Deque", "frozenset", "AsyncIterator", "AsyncGenerator", "Collection", "MutableSequence"}
)
_MAPPINGS = frozenset(
    {"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict", "OrderedDict"}
)
_SETS = frozenset({"set", "Set", "frozenset"})
_TUPLES = frozenset({"tuple", "Tuple"})


class Annotations:
    """Reads annotations for one resolver, which follows their names."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def read(self, node: ast.AST, scope: Function) -> Ref | None:
        """The type of one annotation; parts of it go through the resolver again."""
        text = constant(node)
        if isinstance(text, str):
            try:
                return self._resolver.annotation(ast.parse(text, mode="eval").body, scope)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._resolver.annotation(node.left, scope) or self._resolver.annotation(
                node.right, scope
            )
        if isinstance(node, ast.Subscript):
            return self._generic(node, scope)
        if isinstance(node, (ast.Name, ast.Attribute)):
            alias = self._alias(node, scope)
            if alias is not None:
                return self._resolver.annotation(*alias)
            return self._as_instance(self._resolver.expression(node, scope), last_name(node))
        return None

    def _alias(self, node: ast.AST, scope: Function) -> tuple[ast.expr, Function] | None:
        """What `Handler = Callable[[Event], Awaitable[None]]` stands for, and where, imports of
        the tree followed."""
        made = scope.module.body.bindings.get(node.id, []) if isinstance(node, ast.Name) else []
        body = scope.module.body
        if len(made) == 1 and made[0].kind is BindKind.IMPORT:
            base, _, name = made[0].dotted.rpartition(".")
            owner = self._resolver.find_module(base, scope.module) if base else None
            body = owner.body if owner is not None else body
            made = owner.body.bindings.get(name, []) if owner is not None else []
        value = made[0].expression if len(made) == 1 else None
        is_type = isinstance(value, ast.Subscript) or (
            isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr)
        )
        return (value, body) if is_type and value is not None else None

    @staticmethod
    def _as_instance(found: Ref | None, spelled: str) -> Ref | None:
        if found is None:
            return None
        if found.kind is RefKind.CLASS and found.found is not None:
            return Ref.instance(found.found)
        if spelled in {"Any", "object"}:
            return None
        if found.kind is RefKind.OUTSIDE:
            return Ref(RefKind.OUTSIDE_INSTANCE, found.name)
        return found

    def _generic(self, node: ast.Subscript, scope: Function) -> Ref | None:
        base = last_name(node.value)
        inner = node.slice
        parts = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
        if base == "Callable" and len(parts) == 2 and _AWAITED.search(ast.unparse(parts[1])):
            return Ref(RefKind.OUTSIDE, ASYNC_CALLABLE)
        if base in _WRAPPERS:
            ordered = parts[::-1] if base == "Coroutine" else parts
            return next(
                filter(None, (self._resolver.annotation(part, scope) for part in ordered)), None
            )
        if base == "ContextVar":
            held = self._resolver.annotation(parts[0], scope)
            return Ref(RefKind.OUTSIDE_INSTANCE, "builtins.dict", element=held)
        if base in _MAPPINGS or base in _SEQUENCES:
            value = parts[-1] if base in _MAPPINGS else parts[0]
            kind = "dict" if base in _MAPPINGS else "set" if base in _SETS else "list"
            is_fixed = base in _TUPLES and not any(constant(part) is ... for part in parts)
            each = tuple(self._resolver.annotation(part, scope) for part in parts)
            return Ref(
                RefKind.OUTSIDE_INSTANCE,
                f"builtins.{kind}",
                element=self._resolver.annotation(value, scope),
                parts=each if is_fixed else (),
            )
        if base in {"type", "Type"}:
            found = self._resolver.annotation(parts[0], scope)
            if found is not None and found.found is not None:
                return Ref(RefKind.CLASS, found.name, found=found.found)
            return None
        return self._as_instance(self._resolver.expression(node.value, scope), base)
