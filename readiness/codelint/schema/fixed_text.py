"""Whether a piece of built SQL is fixed: constants, quoted names, numbers, placeholders.

A function of the tree is trusted when it doubles quotes, or when all that it returns is fixed; a
parameter, when it is annotated as a number or every caller hands over something fixed.
"""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.parameters import passed
from readiness.codelint.program import Binding, BindKind, Function
from readiness.codelint.syntax import constant, last_name, strings_in

__all__ = ["FixedText"]

_DEPTH_MAX = 9
_SAFE_CALLS = frozenset({"Identifier", "Literal", "quote_ident", "len", "int", "range", "repr"})
_NUMBERS = frozenset({"int", "bool", "float", "Decimal"})
_CHANGES = frozenset({"lower", "upper", "strip", "split", "rstrip", "removesuffix", "replace"})


class FixedText:
    """Answers for one analysis; functions that were judged are remembered."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[Function, bool] = {}

    def is_fixed(self, value: ast.AST | None, function: Function, depth: int = 0) -> bool:
        """Whether no outside value can change the text that the expression gives."""
        if value is None or depth > _DEPTH_MAX:
            return False
        if isinstance(value, ast.Constant):
            return True
        if isinstance(value, (ast.Name, ast.Attribute)) and last_name(value).isupper():
            return True
        if isinstance(value, ast.Subscript):
            return last_name(value.value).isupper() or self.is_fixed(
                value.value, function, depth + 1
            )
        if isinstance(value, ast.Attribute):
            return value.attr in {"value", "name"}  # A member of an enum, out of a closed list.
        if isinstance(value, ast.Name):
            return self._name(value.id, function, depth)
        if isinstance(value, ast.Call):
            return self._call(value, function, depth)
        return all(self.is_fixed(p, function, depth + 1) for p in _parts(value))

    def is_composed(self, values: list[ast.expr], function: Function) -> bool:
        """A statement of a builder that quotes names: its holes are locals and fragments."""
        called = [site.target for site in function.calls if site.target is not None]
        quotes = any(
            _doubles_quotes(t) or any(s.target and _doubles_quotes(s.target) for s in t.calls)
            for t in called
        )
        return quotes and all(self._is_fragment(value, function) for value in values)

    def _is_fragment(self, value: ast.expr, function: Function) -> bool:
        if isinstance(value, ast.Name):
            made = function.bindings.get(value.id, [])
            return bool(made) and all(
                b.kind is not BindKind.PARAMETER or self._binding(b, 0) for b in made
            )
        if isinstance(value, ast.Call) and last_name(value.func) == "join":
            return True
        site = function.by_call.get(value) if isinstance(value, ast.Call) else None
        return (site is not None and site.target is not None) or self.is_fixed(value, function)

    def _name(self, name: str, function: Function, depth: int) -> bool:
        scope: Function | None = function
        while scope is not None and name not in scope.bindings:
            scope = scope.parent
        if scope is None:
            return False
        held = scope.elements.get(name, [])
        return all(self._binding(b, depth) for b in (*scope.bindings[name], *held))

    def _binding(self, binding: Binding, depth: int) -> bool:
        value = binding.expression
        if binding.kind is BindKind.PARAMETER and isinstance(binding.node, ast.arg):
            spelled = ast.unparse(value) if value is not None else ""
            if set(re.findall(r"\w+", spelled)) - {"None", "Optional"} <= _NUMBERS and spelled:
                return True
            return self._handed(binding.node.arg, binding.scope, depth)
        if binding.kind is BindKind.ITERATION:
            return last_name(value).isupper() or self.is_fixed(value, binding.scope, depth + 1)
        if binding.kind in {BindKind.VALUE, BindKind.CONTEXT}:
            return self.is_fixed(value, binding.scope, depth + 1)
        return binding.kind is BindKind.ANNOTATION

    def _handed(self, name: str, function: Function, depth: int) -> bool:
        """Every caller hands over something fixed."""
        sites = self._context.program.callers.get(function, [])
        if not sites or function in self._context.program.references:
            return False
        return all(
            self.is_fixed(
                passed(s.node, function, name, is_bound=function.owner is not None),
                s.function,
                depth + 2,
            )
            for s in sites
        )

    def _call(self, call: ast.Call, function: Function, depth: int) -> bool:
        name = last_name(call.func)
        if name == "join" and call.args:
            given = call.args[0]
            return _is_placeholder_list(given) or self.is_fixed(given, function, depth + 1)
        if name in _SAFE_CALLS:
            return True
        if name in {"sorted", "list", "tuple", "dict", "zip", "reversed"}:
            return all(self.is_fixed(a, function, depth + 1) for a in call.args)
        if name in _CHANGES and isinstance(call.func, ast.Attribute):
            return self.is_fixed(call.func.value, function, depth + 1)
        site = function.by_call.get(call)
        target = site.target if site is not None else None
        return target is not None and self._function(target, depth)

    def _function(self, target: Function, depth: int) -> bool:
        if target not in self._known:
            self._known[target] = False
            returns = [n.value for n in target.nodes if isinstance(n, (ast.Return, ast.Yield))]
            self._known[target] = _doubles_quotes(target) or (
                bool(returns) and all(self.is_fixed(v, target, depth + 1) for v in returns)
            )
        return self._known[target]


def _parts(value: ast.AST) -> list[ast.AST | None]:
    """What an expression is put together from; [None] where that is not known."""
    if isinstance(value, ast.BinOp):
        return [value.left, value.right]
    if isinstance(value, ast.JoinedStr):
        return [p.value for p in value.values if isinstance(p, ast.FormattedValue)]
    if isinstance(value, ast.IfExp):
        return [value.body, value.orelse]
    if isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        return list(value.elts)
    if isinstance(value, ast.Dict):
        return [*value.keys, *value.values]
    if isinstance(value, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
        return [value.elt]
    if isinstance(value, ast.Starred):
        return [value.value]
    if isinstance(value, ast.UnaryOp):
        return [value.operand]
    return [None]


def _is_placeholder_list(node: ast.expr) -> bool:
    """`"$1, $2"` counted by code, `["?"] * n`, or a join of constant columns."""
    if isinstance(node, ast.BinOp):
        return True
    if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
        texts = list(strings_in(node.elt))
        return any(mark in text for text in texts for mark in ("$", "?", "%s", ":"))
    return False


def _doubles_quotes(function: Function) -> bool:
    """`name.replace('"', '""')`: the function quotes what it is given."""
    return any(
        site.name == "replace"
        and len(site.node.args) == 2
        and constant(site.node.args[0]) in {'"', "'", "`"}
        for site in function.calls
    )
