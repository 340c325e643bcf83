"""T01 to T03: the leg of an order, and the mark that it only closes."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.knowledge.sides import (
    Literal,
    closes_by_side,
    is_order_side,
    is_position_side,
    literal_of,
    side_test,
)
from readiness.codelint.knowledge.trading import (
    CLOSING,
    POSITION_IDX,
    REDUCE_ONLY,
    OrderCall,
    order_call,
)
from readiness.codelint.program import CallSite, Class, Function
from readiness.codelint.syntax import (
    constant,
    dict_entries,
    is_constant,
    last_name,
    leaf_text,
    mentions,
    snake,
)

__all__ = ["check"]

_IDX = re.compile(
    r"(^|_)(position_?idx|pos_?idx|leg_?idx|position_index|hedge_?idx)(_|$)|^(leg|idx)_(for|of)$"
)
_LEG_SIDE = re.compile(r"^(position_side|pos_side)$")
_HEDGE = re.compile(r"position_?idx|hedge", re.IGNORECASE)
_REDUCE = re.compile(r"reduce_?only|is_clos|closing|is_exit|is_reduc")
_ORDER_CLASS = re.compile(r"(^|_)order(_?(request|intent|params|data|spec|command))?$")
_MODE = re.compile(r"hedge|one_way|position_mode|mode")


def check(context: Context) -> None:
    """Report orders whose leg is missing or guessed, and closes that may open."""
    knows_hedge = any(_HEDGE.search(m.text) for m in context.program.modules.values())
    for function in context.functions():
        for site in function.calls:
            order = order_call(site)
            if order is not None:
                _leg(context, order, knows_hedge)
                _close(context, order)
            _constant_arguments(context, site)
        _defaults(context, function)
        for node in function.nodes:
            _guessed(context, function, node)
            if isinstance(node, ast.Dict):
                _constant_entries(context, function, node)
            elif isinstance(node, ast.BinOp):
                _guessed_by_sum(context, function, node)
            elif isinstance(node, ast.Assign):
                _constant_store(context, function, node)
    for found in context.program.classes():
        if not found.module.is_test:
            _field_default(context, found)


def _leg(context: Context, order: OrderCall, knows_hedge: bool) -> None:
    site = order.site
    value = order.value(POSITION_IDX)
    if value is None:
        if knows_hedge and _row_without_leg(site):
            context.report(
                "T01",
                site.function.module,
                site.node,
                f"{ast.unparse(site.node.func)} sends rows without position_idx",
            )
        if not knows_hedge or order.is_open or not order.is_explicit or _is_spot(order):
            return
        if _sets_leg_itself(site):
            return
        context.report(
            "T01",
            site.function.module,
            site.node,
            f"{ast.unparse(site.node.func)} sends an order without position_idx",
        )
    elif isinstance(value, ast.Name):
        for binding in site.function.bindings.get(value.id, []):
            if is_constant(binding.expression, 0) and not _by_mode(site.function, binding.node):
                context.report(
                    "T01",
                    site.function.module,
                    binding.node,
                    f"{value.id} is the constant 0, the index of one-way mode",
                )


def _row_without_leg(site: CallSite) -> bool:
    """A batch: a dictionary in wire words, with symbol and side and no leg."""
    if "batch" not in snake(site.name):
        return False
    for node in site.function.nodes:
        if isinstance(node, ast.Dict):
            keys = {snake(key) for key, _ in dict_entries(node)}
            if {"symbol", "side"} <= keys and not any(POSITION_IDX.search(key) for key in keys):
                return True
    return False


def _is_spot(order: OrderCall) -> bool:
    return any(
        str(constant(value)).lower() == "spot" for value in order.arguments.values()
    ) or "spot" in snake(order.site.function.name + order.site.receiver)


def _sets_leg_itself(site: CallSite) -> bool:
    """The target is code of the tree that knows no such parameter: it decides the leg itself."""
    if site.target is None or site.is_guess:
        return False
    return not any(_IDX.search(snake(p.arg)) for p in site.target.parameters())


def _by_mode(function: Function, node: ast.AST) -> bool:
    """Inside a branch on the position mode, 0 is the index of one-way mode."""
    return any(
        isinstance(ancestor, (ast.If, ast.IfExp)) and mentions(ancestor.test, _MODE)
        for ancestor in function.module.ancestors(node)
    )


def _behind(node: ast.expr, function: Function) -> ast.expr:
    """The value of a constant of the module, where a name stands for one."""
    if isinstance(node, ast.Name):
        made = function.module.body.bindings.get(node.id, [])
        if len(made) == 1 and made[0].expression is not None:
            return made[0].expression
    return node


def _constant_arguments(context: Context, site: CallSite) -> None:
    name = snake(site.name)
    if not (_ORDER_CLASS.search(name) or order_call(site) is not None):
        return
    for keyword in site.node.keywords:
        if (
            keyword.arg
            and _IDX.search(snake(keyword.arg))
            and is_constant(_behind(keyword.value, site.function), 0)
            and not _by_mode(site.function, site.node)
        ):
            context.report(
                "T01",
                site.function.module,
                keyword.value,
                f"{keyword.arg} is the constant 0, the index of one-way mode",
            )


def _constant_entries(context: Context, function: Function, node: ast.Dict) -> None:
    entries = {snake(key): value for key, value in dict_entries(node)}
    if not {"side", "symbol", "qty", "quantity", "order_type"} & set(entries):
        return
    for key, value in entries.items():
        if _IDX.search(key) and is_constant(value, 0) and not _by_mode(function, node):
            context.report(
                "T01", function.module, value, f"{key} is the constant 0, the index of one-way mode"
            )


def _defaults(context: Context, function: Function) -> None:
    arguments = function.arguments
    if arguments is None or isinstance(function.node, ast.Lambda):
        return
    if not any(order_call(site) is not None for site in function.calls) and not any(
        p.arg in {"side", "qty", "quantity", "amount"} for p in function.parameters()
    ):
        return
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = list(
        zip(
            positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True
        )
    )
    pairs += [(p, d) for p, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d]
    for parameter, default in pairs:
        if _IDX.search(snake(parameter.arg)) and is_constant(default, 0):
            context.report(
                "T01",
                function.module,
                parameter,
                f"{parameter.arg} defaults to 0, so a forgotten leg goes unnoticed",
            )


def _field_default(context: Context, found: Class) -> None:
    if not _ORDER_CLASS.search(snake(found.name)):
        return
    for statement in found.node.body:
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and _IDX.search(snake(statement.target.id))
            and is_constant(statement.value, 0)
        ):
            context.report(
                "T01",
                found.module,
                statement,
                f"{found.name}.{statement.target.id} defaults to 0, so a forgotten "
                "leg goes unnoticed",
            )


def _names_leg(text: str) -> bool:
    return bool(_IDX.search(snake(text)) or _LEG_SIDE.search(snake(text)))


def _is_leg_value(node: ast.AST | None) -> bool:
    value = constant(node)
    return value in (1, 2) or (isinstance(value, str) and value.upper() in {"LONG", "SHORT"})


def _guessed(context: Context, function: Function, node: ast.AST) -> None:
    """T02: the leg computed from the side of the order."""
    if isinstance(node, ast.IfExp):
        if (
            _is_leg_value(node.body)
            and _is_leg_value(node.orelse)
            and side_test(node.test)
            and not mentions(node.test, _REDUCE)
            and _names_leg(_target_of(function, node))
        ):
            _guess_found(context, function, node)
    elif isinstance(node, ast.If):
        _guessed_by_branch(context, function, node)
    elif isinstance(node, (ast.Subscript, ast.Call)):
        _guessed_by_map(context, function, node)


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
            return leaf_text(target)
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


def _guessed_by_sum(context: Context, function: Function, node: ast.BinOp) -> None:
    """`2 - (side == "Buy")`, `1 + is_sell`, `number_of(order.side) + 1`."""
    if not isinstance(node.op, (ast.Add, ast.Sub)) or not _names_leg(_target_of(function, node)):
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
            _guess_found(context, function, node)
            return


def _constant_store(context: Context, function: Function, node: ast.Assign) -> None:
    """`params["positionIdx"] = 0`."""
    target = node.targets[0]
    if isinstance(target, ast.Subscript) and isinstance(constant(target.slice), str):
        key = snake(str(constant(target.slice)))
        if _IDX.search(key) and is_constant(node.value, 0) and not _by_mode(function, node):
            context.report(
                "T01", function.module, node, f"{key} is the constant 0, the index of one-way mode"
            )


def _guessed_by_branch(context: Context, function: Function, node: ast.If) -> None:
    if not side_test(node.test) or mentions(node.test, _REDUCE):
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


def _close(context: Context, order: OrderCall) -> None:
    site = order.site
    side = order.arguments.get("side")
    name = snake(site.function.name)
    closes = bool(CLOSING.search(name)) or closes_by_side(side, site.function)
    if not closes:
        return
    flag = order.value(REDUCE_ONLY)
    if flag is None:
        if order.is_open or _says_close(order) or not order.arguments:
            return
    elif not is_constant(flag, False):
        return
    context.report(
        "T03", site.function.module, site.node, f"{site.function.name} closes without reduce_only"
    )


def _says_close(order: OrderCall) -> bool:
    """Dialects that mark a close otherwise: Binance's and OKX's leg, a close of everything."""
    marks = {"position_side", "pos_side", "trade_side", "close_position", "offset", "close"}
    if marks & set(order.arguments):
        return True
    quantity = next((order.arguments[k] for k in ("qty", "quantity") if k in order.arguments), None)
    return is_constant(quantity, "0")
