"""T02: the leg computed from the side of the order."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.knowledge.sides import (
    Literal,
    is_order_side,
    is_position_side,
    literal_of,
    side_test,
)
from readiness.codelint.program import Function
from readiness.codelint.syntax import constant, last_name, leaf_text, mentions, snake

__all__ = ["check"]

_IDX = re.compile(
    r"(^|_)(position_?idx|pos_?idx|leg_?idx|position_index|hedge_?idx)(_|$)|^(leg|idx)_(for|of)$"
)
_INDEX = re.compile(r"(^|_)(leg|hedge|position)_?(index|number)(_|$)")
_LEG_SIDE = re.compile(r"^(position_side|pos_side)$")
_REDUCE = re.compile(r"reduce_?only|is_clos|closing|is_exit|is_reduc|^(open|close)$|(^|_)pnl$")


def check(context: Context) -> None:
    """Report legs that are guessed from buy and sell."""
    for function in context.functions():
        for node in function.nodes:
            _guessed(context, function, node)
            if isinstance(node, ast.BinOp):
                _guessed_by_sum(context, function, node)
            elif isinstance(node, ast.Match) and is_order_side(node.subject):
                _guessed_by_match(context, function, node)


def _guessed(context: Context, function: Function, node: ast.AST) -> None:
    """T02: the leg computed from the side of the order."""
    if isinstance(node, ast.IfExp):
        if (
            _is_leg_value(node.body)
            and _is_leg_value(node.orelse)
            and _asks_side(node.test, function)
            and not mentions(node.test, _REDUCE)
            and _names_leg(_target_of(function, node))
        ):
            _guess_found(context, function, node)
    elif isinstance(node, ast.If):
        _guessed_by_branch(context, function, node)
    elif isinstance(node, (ast.Subscript, ast.Call)):
        _guessed_by_map(context, function, node)


def _names_leg(text: str) -> bool:
    word = snake(text)
    return bool(_IDX.search(word) or _INDEX.search(word) or _LEG_SIDE.search(word))


def _is_leg_value(node: ast.AST | None) -> bool:
    value = constant(node)
    if isinstance(node, ast.Attribute):
        return node.attr in {
            "LONG",
            "SHORT",
            "HEDGE_LONG",
            "HEDGE_SHORT",
            "HEDGE_BUY",
            "HEDGE_SELL",
        }
    return value in (1, 2) or (isinstance(value, str) and value.upper() in {"LONG", "SHORT"})


def _asks_side(test: ast.expr, function: Function) -> bool:
    """The condition asks the order's side, itself or by a name bound to such a question."""
    if isinstance(test, ast.Name):
        return any(
            b.expression is not None and side_test(b.expression)
            for b in function.bindings.get(test.id, [])
        )
    return side_test(test)


def _guess_found(context: Context, function: Function, node: ast.AST) -> None:
    if any(
        isinstance(a, (ast.If, ast.IfExp)) and mentions(a.test, _REDUCE)
        for a in function.module.ancestors(node)
    ):
        return
    context.report("T02", function.module, node, "the leg is derived from the order's side")


def _target_of(function: Function, node: ast.AST) -> str:
    """What the value is called: its assignment, keyword, dictionary key, or the function."""
    previous: ast.AST = node
    for ancestor in function.module.ancestors(node):
        if isinstance(ancestor, ast.keyword):
            return ancestor.arg or ""
        if isinstance(ancestor, (ast.Assign, ast.AnnAssign)):
            target = ancestor.targets[0] if isinstance(ancestor, ast.Assign) else ancestor.target
            name = leaf_text(target)
            is_local = isinstance(target, ast.Name) and not _names_leg(name)
            return _becomes(function, name) if is_local else name
        if isinstance(ancestor, ast.Dict) and previous in ancestor.values:
            key = ancestor.keys[ancestor.values.index(previous)]
            return str(constant(key) or "")
        if isinstance(ancestor, ast.Lambda):
            outer = function.module.parents.get(ancestor)
            return leaf_text(outer.targets[0]) if isinstance(outer, ast.Assign) else ""
        if isinstance(ancestor, ast.Return):
            return function.name
        previous = ancestor
    return ""


def _becomes(function: Function, name: str) -> str:
    """The keyword, key or parameter under which a local is sent on; else its own name."""
    for node in function.nodes:
        if not isinstance(node, ast.Name) or node.id != name or not isinstance(node.ctx, ast.Load):
            continue
        parent = function.module.parents.get(node)
        word = parent.arg or "" if isinstance(parent, ast.keyword) else ""
        if isinstance(parent, ast.Dict) and node in parent.values:
            word = str(constant(parent.keys[parent.values.index(node)]) or "")
        if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Subscript):
            word = leaf_text(parent.targets[0])
        site = function.by_call.get(parent) if isinstance(parent, ast.Call) else None
        if site is not None and site.target is not None and node in site.node.args:
            names = [p.arg for p in site.target.parameters() if p.arg not in {"self", "cls"}]
            place = site.node.args.index(node)
            word = names[place] if place < len(names) else ""
        if _names_leg(word):
            return word
    return name


def _guessed_by_sum(context: Context, function: Function, node: ast.BinOp) -> None:
    """`2 - (side == "Buy")`, `1 + is_sell`, `number_of(order.side) + 1`."""
    if not isinstance(node.op, (ast.Add, ast.Sub)):
        return
    for number, other in ((node.left, node.right), (node.right, node.left)):
        if constant(number) not in (1, 2):
            continue
        asked: list[ast.AST] = [other]
        if isinstance(other, ast.Name):
            asked += [b.expression for b in function.bindings.get(other.id, []) if b.expression]
        if isinstance(other, ast.Call):
            asked += [a for a in other.args if is_order_side(a) and not is_position_side(a)]
        if any(side_test(a) or (a is not other and is_order_side(a)) for a in asked):
            if _names_leg(_target_of(function, node)):
                _guess_found(context, function, node)
            return


def _guessed_by_match(context: Context, function: Function, node: ast.Match) -> None:
    for case in node.cases:
        for statement in case.body:
            if isinstance(statement, (ast.Assign, ast.Return)) and _is_leg_value(statement.value):
                target = statement.targets[0] if isinstance(statement, ast.Assign) else None
                if _names_leg(leaf_text(target) if target is not None else function.name):
                    _guess_found(context, function, statement)


def _guessed_by_branch(context: Context, function: Function, node: ast.If) -> None:
    if not _asks_side(node.test, function) or mentions(node.test, _REDUCE):
        return
    for branch in (node.body, node.orelse):
        for statement in branch:
            value: ast.AST | None = None
            name = ""
            if isinstance(statement, ast.Assign):
                value, name = statement.value, leaf_text(statement.targets[0])
            elif isinstance(statement, ast.Return):
                value, name = statement.value, function.name
            if value is not None and _is_leg_value(value) and _names_leg(name):
                _guess_found(context, function, statement)


def _guessed_by_map(context: Context, function: Function, node: ast.Subscript | ast.Call) -> None:
    if isinstance(node, ast.Subscript):
        base, key = node.value, node.slice
    elif isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        base, key = node.func.value, node.args[0]
    else:
        return
    if isinstance(base, (ast.Tuple, ast.List)):
        is_leg = len(base.elts) == 2 and all(_is_leg_value(v) for v in base.elts)
        if is_leg and _asks_side(key, function) and _names_leg(_target_of(function, node)):
            _guess_found(context, function, node)
        return
    display: ast.AST | None = base
    if isinstance(base, (ast.Name, ast.Attribute)):
        display = _dict_of(base, function)
    if not isinstance(display, ast.Dict) or not display.keys:
        return
    literals = {literal_of(k) for k in display.keys}
    if literals <= {Literal.BUY, Literal.SELL} and all(_is_leg_value(v) for v in display.values):
        is_index = all(isinstance(constant(v), int) for v in display.values)
        if not is_index and not _names_leg(_target_of(function, node)):
            return
        if is_order_side(key) and not is_position_side(key):
            _guess_found(context, function, node)


def _dict_of(node: ast.expr, function: Function) -> ast.AST | None:
    name = last_name(node)
    scope: Function | None = function
    while scope is not None:
        for binding in scope.bindings.get(name, []):
            if isinstance(binding.expression, ast.Dict):
                return binding.expression
        if scope.owner is not None:
            for binding in scope.owner.attributes.get(name, []):
                if isinstance(binding.expression, ast.Dict):
                    return binding.expression
        scope = scope.parent
    return None
