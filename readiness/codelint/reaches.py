"""Code that runs although no call names it: properties, contexts, items, callbacks, decorators.

Each is noted as a `Reach` of the function in which it happens, so that summaries follow it as they
follow a call. What a decorator wraps around a function is a reach of that function itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from readiness.codelint.program import Class, Function, Program, Reach
from readiness.codelint.refs import Ref, RefKind
from readiness.codelint.resolve import Resolver
from readiness.codelint.syntax import argument, last_name

__all__ = ["add_reaches", "wrapper_of"]

_APPLIES = frozenset(
    {"builtins.map", "builtins.filter", "builtins.sorted", "builtins.min", "builtins.max"}
    | {"functools.reduce", "builtins.next"}
)
_ITEM = {ast.Load: "__getitem__", ast.Store: "__setitem__", ast.Del: "__delitem__"}


def add_reaches(program: Program, resolver: Resolver) -> None:
    """Fill `reaches` of every function; call sites must be linked before."""
    maker = _Maker(program, resolver)
    for function in program.functions():
        for node in function.nodes:
            if not isinstance(node, (ast.expr, ast.With)):
                continue
            for name, target in maker.found(node, function):
                function.reaches.append(Reach(node, function, name, target))
        for decorator in function.decorators:
            wrapper = wrapper_of(decorator, function, resolver)
            if wrapper is not None and not wrapper.is_async:
                function.reaches.append(Reach(decorator, function, wrapper.name, wrapper))


def wrapper_of(decorator: ast.expr, function: Function, resolver: Resolver) -> Function | None:
    """The function that a decorator of the tree puts in the place of the one it decorates."""
    scope = function.parent or function
    spelled = decorator.func if isinstance(decorator, ast.Call) else decorator
    ref = resolver.expression(spelled, scope)
    maker = ref.function if ref is not None else None
    for _ in range(2 if isinstance(decorator, ast.Call) else 1):
        maker = _returned_inner(maker) if maker is not None else None
    return maker


def _returned_inner(maker: Function) -> Function | None:
    """The inner function that a function returns."""
    for node in maker.nodes:
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Name):
            for binding in maker.bindings.get(node.value.id, []):
                if isinstance(binding.target, Function):
                    return binding.target
    return None


class _Maker:
    """Finds what one node of a function runs."""

    def __init__(self, program: Program, resolver: Resolver) -> None:
        self._program = program
        self._resolver = resolver
        self._applied: dict[Function, frozenset[str]] = {}
        names = program.methods.keys()
        self._has_items = not names.isdisjoint(_ITEM.values())
        self._has_contexts = not names.isdisjoint({"__enter__", "__exit__"})

    def found(self, node: ast.AST, function: Function) -> Iterator[tuple[str, Function]]:
        """Each function that the node runs, with what it is called there."""
        if isinstance(node, ast.Call):
            yield from self._callbacks(node, function)
            yield from self._made(node, function)
        elif isinstance(node, ast.Attribute):
            if node.attr in self._program.properties:
                yield from self._property(node, function)
        elif isinstance(node, ast.With) and self._has_contexts:
            for item in node.items:
                owner = self._instance(item.context_expr, function)
                yield from _methods(owner, "__enter__", "__exit__")
        elif isinstance(node, ast.Subscript) and self._has_items:
            yield from _methods(self._instance(node.value, function), _ITEM[type(node.ctx)])

    def _instance(self, node: ast.expr, function: Function) -> Class | None:
        ref = self._resolver.expression(node, function)
        return ref.found if ref is not None and ref.kind is RefKind.INSTANCE else None

    def _property(self, node: ast.Attribute, function: Function) -> Iterator[tuple[str, Function]]:
        owner = self._instance(node.value, function)
        method = owner.method(node.attr) if owner is not None else None
        if method is not None and any(_is_property(d) for d in method.decorators):
            yield node.attr, method

    def _made(self, node: ast.Call, function: Function) -> Iterator[tuple[str, Function]]:
        """Factories of a dataclass's fields, run by its constructor."""
        site = function.by_call.get(node)
        made = site.constructs if site is not None else None
        if made is None or "__init__" in made.methods:
            return
        for name, bindings in made.attributes.items():
            for binding in bindings:
                value = binding.expression
                if isinstance(value, ast.Call) and last_name(value.func) == "field":
                    factory = argument(value, "default_factory", "factory")
                    target = self._function(factory, binding.scope)
                    if target is not None:
                        yield name, target

    def _callbacks(self, node: ast.Call, function: Function) -> Iterator[tuple[str, Function]]:
        """Functions handed to something that calls them at once."""
        site = function.by_call.get(node)
        if site is None:
            return
        if site.external in _APPLIES:
            handed = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "key")]
        elif site.target is not None and self._applies(site.target):
            names = _names_of(site.target, is_bound=site.target.owner is not None)
            pairs = list(zip(names, node.args, strict=False))
            pairs += [(k.arg, k.value) for k in node.keywords if k.arg]
            applied = self._applies(site.target)
            handed = [value for name, value in pairs if name in applied]
        else:
            return
        for value in handed:
            target = self._function(value, function)
            if target is not None and not target.is_async:
                yield target.name, target

    def _function(self, node: ast.AST | None, function: Function) -> Function | None:
        if not isinstance(node, (ast.Name, ast.Attribute, ast.Lambda, ast.Call)):
            return None
        if isinstance(node, ast.Call) and last_name(node.func) != "partial":
            return None
        ref: Ref | None = self._resolver.expression(node, function)
        return ref.function if ref is not None else None

    def _applies(self, function: Function) -> frozenset[str]:
        """Parameters that the function calls in its own body."""
        if function not in self._applied:
            names = {parameter.arg for parameter in function.parameters()}
            called = {
                site.node.func.id
                for site in function.calls
                if isinstance(site.node.func, ast.Name) and not site.is_awaited
            }
            self._applied[function] = frozenset(names & called)
        return self._applied[function]


def _names_of(function: Function, *, is_bound: bool) -> list[str]:
    arguments = function.arguments
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)] if arguments else []
    return names[1:] if is_bound and names[:1] in (["self"], ["cls"]) else names


def _methods(owner: Class | None, *names: str) -> Iterator[tuple[str, Function]]:
    for name in names if owner is not None else ():
        method = owner.method(name) if owner is not None else None
        if method is not None:
            yield name, method


def _is_property(decorator: ast.expr) -> bool:
    return last_name(decorator) in {"property", "cached_property"}
