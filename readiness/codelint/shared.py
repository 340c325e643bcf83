"""Which state a function shares with others: attributes of self, and globals that change."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.program import BindKind, Function, Module
from readiness.codelint.syntax import last_name

__all__ = ["ARITHMETIC", "MONEY_STATE", "shared_globals", "touches_shared", "value_names"]

_SHAREABLE = {BindKind.VALUE, BindKind.ANNOTATION, BindKind.CLASS, BindKind.IMPORT}

_OPERATIONS = (
    *(ast.BinOp, ast.UnaryOp, ast.IfExp, ast.BoolOp, ast.Dict, ast.List, ast.Tuple, ast.Set),
)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_VIEWS = frozenset({"items", "values", "keys"})
_CHANGED_COPY = re.compile(
    r"^_?(replace|evolve|model_copy|with_\w+|updated?_?\w*|union|difference|merged?|copy|"
    r"appl(y|ied)\w*|add(ed)?|subtract(ed)?|without\w*|assoc)$"
)
MONEY_STATE = re.compile(
    r"balance|exposure|position|(?<!re)order(?!ed)|limit|margin|equity|budget|spent|loss|pnl|"
    r"trades?(_|$|\.)|leg|signal|quantity|stop_|nonce|sequence|headroom|reserved|capital|fills?(_|$)"
)
ARITHMETIC = frozenset(
    {"min", "max", "round", "abs", "sum", "int", "float", "Decimal", "str", "list", "dict", "set"}
)


def shared_globals(context: Context, function: Function) -> frozenset[str]:
    """Globals that some function rebinds or changes in place, and this one does not shadow."""
    key = f"changed globals of {function.module.path}"
    if key not in context.facts:
        context.facts[key] = _changed_globals(function.module)
    changed = context.facts[key]
    local = {name for name in function.bindings if name not in function.globals}
    outer = {n for node in function.nodes if isinstance(node, ast.Nonlocal) for n in node.names}
    if outer and isinstance(changed, frozenset):
        return (changed - local) | outer
    return changed - local if isinstance(changed, frozenset) else frozenset()


def _changed_globals(module: Module) -> frozenset[str]:
    changed: set[str] = set()
    for other in module.functions:
        changed |= other.globals
        if other.is_body:
            continue
        for node in other.nodes:
            base: ast.AST | None = None
            if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                base = node.value
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"add", "append", "update", "pop", "remove", "discard"}
            ):
                base = node.func.value
            elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                base = node.value
            if isinstance(base, ast.Name) and base.id not in other.bindings:
                changed.add(base.id)
    known = {
        name
        for name, bindings in module.body.bindings.items()
        if any(b.kind in _SHAREABLE for b in bindings)
    }
    return frozenset(changed & known)


def touches_shared(function: Function, shared: frozenset[str]) -> bool:
    for node in function.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in {"self", "cls"}:
                return True
            if not isinstance(node.ctx, ast.Load):
                return True
        elif isinstance(node, (ast.Name, ast.Nonlocal)) and (
            isinstance(node, ast.Nonlocal) or node.id in shared
        ):
            return True
    return False


def value_names(value: ast.expr) -> set[str]:
    """Names that the value is computed from: operands and arithmetic, not receivers."""
    if isinstance(value, ast.Name):
        return {value.id}
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
        return value_names(value.value)
    if isinstance(value, ast.Call):
        return _called_names(value)
    if isinstance(value, _COMPREHENSIONS):
        return value_names(value.generators[0].iter)
    if isinstance(value, _OPERATIONS):
        found: set[str] = set()
        for child in ast.iter_child_nodes(value):
            if isinstance(child, ast.expr):
                found |= value_names(child)
        return found
    if isinstance(value, ast.Starred):
        return value_names(value.value)
    return set()


def _called_names(call: ast.Call) -> set[str]:
    """What a call computes with: arithmetic, views of a container, and changed copies."""
    name = last_name(call.func)
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    if name in ARITHMETIC:
        return {found for argument in call.args for found in value_names(argument)}
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    if _CHANGED_COPY.search(name):
        first = receiver if receiver is not None else arguments[0] if arguments else None
        changed = value_names(first) if first is not None else set()
        return changed.union(*(value_names(a) for a in arguments)) if arguments else changed
    if name in _VIEWS and receiver is not None:
        return value_names(receiver)
    return set()
