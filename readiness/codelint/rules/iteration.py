"""D28: a shared collection iterated with an await inside the loop."""

from __future__ import annotations

import ast

from readiness.check import Severity
from readiness.codelint.context import Context
from readiness.codelint.locks import locks_around
from readiness.codelint.program import BindKind, Class, Function
from readiness.codelint.shared import MONEY_STATE
from readiness.codelint.syntax import dotted, walk_same_scope

__all__ = ["check"]

_GROW = frozenset({"add", "discard", "remove", "pop", "popitem", "clear", "update", "setdefault"})
_LIST_HAZARDS = frozenset({"remove", "pop", "insert"})
_VIEWS = frozenset({"items", "values", "keys"})


def check(context: Context) -> None:
    """Report loops over shared dictionaries and sets that await in their body."""
    for function in context.functions():
        if function.is_async:
            for node in function.nodes:
                if isinstance(node, ast.For) and _awaits(node):
                    _judge(context, function, node, node.iter)
                elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp)) and any(
                    isinstance(inner, ast.Await) for inner in walk_same_scope(node)
                ):
                    _judge(context, function, node, node.generators[0].iter)


def _awaits(loop: ast.For) -> bool:
    return any(
        isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith))
        for statement in loop.body
        for node in walk_same_scope(statement)
    )


def _judge(context: Context, function: Function, loop: ast.AST, iterated: ast.expr) -> None:
    base, is_view = _iterated(iterated)
    base = _unaliased(base, function)
    if _inner_changes(context, function, base) and not locks_around(
        loop, function, context.resolver
    ):
        context.report(
            "D28",
            function.module,
            loop,
            f"{ast.unparse(iterated)} may change while the loop awaits",
        )
        return
    place = dotted(base) if isinstance(base, (ast.Name, ast.Attribute)) else ""
    if not place or locks_around(loop, function, context.resolver):
        return
    if _leaves_at_once(loop):
        return
    kind = context.outside(base, function).rpartition(".")[2].removesuffix("()")
    is_list = not is_view and kind in {"list", "deque", "tuple"}
    hazards = _LIST_HAZARDS if is_list else _GROW
    if kind == "" and not is_view:
        hazards = _GROW - {"update"}
    if place.startswith("self.") and place.count(".") == 1:
        owner = function.home
        changed = owner is not None and _class_changes(owner, place.split(".")[1], hazards, is_list)
    elif place.startswith("self."):
        changed = _changed_anywhere(context, place, hazards, is_list)
    else:
        changed = _is_global(function, place) and _module_changes(function, place, hazards, is_list)
    if changed:
        context.report(
            "D28",
            function.module,
            loop,
            f"{ast.unparse(iterated)} may change while the loop awaits",
            severity=None if MONEY_STATE.search(place.lower()) else Severity.MEDIUM,
        )


def _inner_changes(context: Context, function: Function, base: ast.expr) -> bool:
    """`self.topics["order"]`: a container in a container, that a method changes."""
    owner = function.home
    if not isinstance(base, ast.Subscript) or owner is None:
        return False
    outer = dotted(base.value)
    if not outer.startswith("self.") or not isinstance(base.value, ast.Attribute):
        return False
    kind = context.outside(base, function).rpartition(".")[2]
    hazards = _LIST_HAZARDS if kind in {"list", "deque"} else _GROW - {"update"}
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in hazards
        and isinstance(node.func.value, ast.Subscript)
        and dotted(node.func.value.value) == outer
        for method in owner.methods.values()
        if method.name != "__init__"
        for node in method.nodes
    )


def _iterated(node: ast.expr) -> tuple[ast.expr, bool]:
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and not node.args
        and node.func.attr in _VIEWS
    ):
        return node.func.value, True
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"enumerate", "iter", "map", "filter", "zip"}
        and node.args
    ):
        held = [value for value in node.args if isinstance(value, ast.Attribute)]
        return _iterated(held[0] if held else node.args[0])
    return node, False


def _unaliased(node: ast.expr, function: Function) -> ast.expr:
    """`orders = self.live` is no copy: the attribute itself is iterated."""
    if isinstance(node, ast.Name):
        bindings = function.bindings.get(node.id, [])
        if len(bindings) == 1 and isinstance(bindings[0].expression, ast.Attribute):
            statement = function.module.statement(bindings[0].node)
            taken = bindings[0].expression.attr
            swaps = isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Tuple)
            swaps = swaps or any(
                isinstance(other, ast.Attribute)
                and other.attr == taken
                and isinstance(other.ctx, ast.Store)
                for other in function.nodes
            )
            if bindings[0].kind is BindKind.VALUE and not swaps:
                return bindings[0].expression
    return node


def _leaves_at_once(loop: ast.AST) -> bool:
    """The loop ends before it could see a change: its last statement leaves it."""
    body = loop.body if isinstance(loop, ast.For) else []
    return bool(body) and isinstance(body[-1], (ast.Break, ast.Return, ast.Raise))


def _is_global(function: Function, place: str) -> bool:
    bindings = function.module.body.bindings.get(place, [])
    is_value = any(b.kind in {BindKind.VALUE, BindKind.ANNOTATION} for b in bindings)
    return is_value and place not in function.bindings


def _class_changes(owner: Class, attribute: str, hazards: frozenset[str], is_list: bool) -> bool:
    family = {id(c): c for c in (*owner.lineage(), *owner.descendants())}
    return any(
        other.name != "__init__" and _changes(other, f"self.{attribute}", hazards, is_list)
        for member in family.values()
        for other in member.functions
    )


def _changed_anywhere(context: Context, place: str, hazards: frozenset[str], is_list: bool) -> bool:
    """`self.book.live`: some method of the class that owns `live` changes it."""
    attribute = place.rpartition(".")[2]
    return any(
        found.attributes.get(attribute) and _class_changes(found, attribute, hazards, is_list)
        for found in context.program.classes()
    )


def _module_changes(function: Function, place: str, hazards: frozenset[str], is_list: bool) -> bool:
    return any(
        _changes(other, place, hazards, is_list)
        for other in function.module.functions
        if not other.is_body and place not in other.bindings
    )


def _changes(function: Function, place: str, hazards: frozenset[str], is_list: bool) -> bool:
    for node in function.nodes:
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            if (
                dotted(node.value) == place
                and isinstance(node.value, (ast.Name, ast.Attribute))
                and (not is_list or isinstance(node.ctx, ast.Del))
            ):
                return True
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in hazards
            and dotted(node.func.value) == place
            and isinstance(node.func.value, (ast.Name, ast.Attribute))
        ):
            return True
    return False
