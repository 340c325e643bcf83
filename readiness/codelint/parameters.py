"""What a parameter without an annotation is given: by its callers, its default, or its name.

Callers are looked up by the name that they call, so that a class which is handed its parts in a
constructor is known as well as one that makes them. Callers that disagree leave it unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from readiness.codelint.program import Class, Function, Program
from readiness.codelint.refs import Ref, RefKind
from readiness.codelint.syntax import snake

if TYPE_CHECKING:
    from readiness.codelint.resolve import Resolver

__all__ = ["Parameters", "passed"]

_CALLS_MAX = 40  # More callers than that: a name of every day, or a value of many kinds.
_HELD = frozenset({"builtins.list", "builtins.dict", "builtins.set", "builtins.None"})
_KINDS = {RefKind.INSTANCE, RefKind.OUTSIDE_INSTANCE, RefKind.CLASS, RefKind.FUNCTION}


def passed(call: ast.Call, function: Function, name: str, *, is_bound: bool) -> ast.expr | None:
    """The argument of a call that becomes the parameter, None where it cannot be told."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    arguments = function.arguments
    if arguments is None:
        return None
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    if name not in names:
        return None
    position = names.index(name) - (1 if is_bound else 0)
    if not 0 <= position < len(call.args):
        return None
    before = call.args[: position + 1]
    return None if any(isinstance(a, ast.Starred) for a in before) else before[-1]


class Parameters:
    """Answers for one program, from the calls that were noted while it was read."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._classes: dict[str, list[Class]] | None = None

    def given(self, resolver: Resolver, function: Function, node: ast.AST) -> Ref | None:
        """What callers hand over as the parameter, else its default, else the class it is named."""
        if not isinstance(node, ast.arg) or isinstance(function.node, ast.Lambda):
            return None
        if node.arg == "self" and function.owner is None:
            return self._decorated(function)
        found: list[Ref] = []
        for call, scope in self._calls(function):
            is_bound = _is_bound(function)
            value = passed(call, function, node.arg, is_bound=is_bound)
            if value is None or not self._reaches(resolver, call, scope, function):
                continue
            ref = resolver.expression(value, scope)
            if ref is not None and ref.kind in _KINDS and ref.name not in _HELD:
                found.append(ref)
        if found:
            return _agreed(found)
        default = _default(function, node)
        ref = resolver.expression(default, function.parent or function) if default else None
        return ref if ref is not None and ref.name not in _HELD else self._named(node.arg)

    def _decorated(self, wrapper: Function) -> Ref | None:
        """The object whose methods a decorator's wrapper stands for, where it is one class."""
        maker = wrapper.parent
        while maker is not None and maker.parent is not None and not maker.parent.is_body:
            maker = maker.parent
        owners = {
            function.owner
            for function in wrapper.module.functions
            if maker is not None and function.owner is not None
            for decorator in function.decorators
            if maker.name in {n.id for n in ast.walk(decorator) if isinstance(n, ast.Name)}
        }
        owner = next(iter(owners)) if len(owners) == 1 else None
        return Ref.instance(owner) if owner is not None else None

    def _calls(self, function: Function) -> Iterator[tuple[ast.Call, Function]]:
        names = [function.name]
        if function.name == "__init__" and function.owner is not None:
            names = ["cls", "__init__", function.owner.name]
            names += [c.name for c in function.owner.descendants() if "__init__" not in c.methods]
        found = [
            pair
            for name in names
            for module in self._program.modules.values()
            if not module.is_test
            for pair in module.called.get(name, ())
        ]
        return iter(found if len(found) <= _CALLS_MAX else ())

    @staticmethod
    def _reaches(resolver: Resolver, call: ast.Call, scope: Function, function: Function) -> bool:
        called = resolver.expression(call.func, scope)
        if called is None:
            return False
        if called.kind is RefKind.CLASS and called.found is not None:
            return called.found.method("__init__") is function
        return called.function is function

    def _named(self, name: str) -> Ref | None:
        """The only class of the tree that is called as the parameter is: `risk_manager`."""
        if self._classes is None:
            self._classes = {}
            for found in self._program.classes():
                self._classes.setdefault(snake(found.name), []).append(found)
        candidates = self._classes.get(name.strip("_"), [])
        if len(candidates) != 1 or candidates[0].module.is_test:
            return None
        return Ref(RefKind.INSTANCE, candidates[0].qualname, found=candidates[0])


def _is_bound(function: Function) -> bool:
    if function.owner is None:
        return False
    return not any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorators)


def _default(function: Function, node: ast.arg) -> ast.expr | None:
    arguments = function.arguments
    if arguments is None:
        return None
    names = [*arguments.posonlyargs, *arguments.args]
    if node in names:
        position = names.index(node) - (len(names) - len(arguments.defaults))
        return arguments.defaults[position] if position >= 0 else None
    return arguments.kw_defaults[arguments.kwonlyargs.index(node)]


def _agreed(found: list[Ref]) -> Ref | None:
    """The one type of all callers, or the class that all of theirs descend from."""
    first = found[0]
    if all(ref.name == first.name and ref.kind is first.kind for ref in found):
        return first
    if first.found is None or any(ref.kind is not RefKind.INSTANCE for ref in found):
        return None
    for ancestor in first.found.lineage():
        if all(ref.found is not None and ancestor in ref.found.lineage() for ref in found):
            return Ref(RefKind.INSTANCE, ancestor.qualname, found=ancestor)
    return None
