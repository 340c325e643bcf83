"""T04: a leg turned into the wrong order side, by a table, a branch, or a literal.

Long closes by selling and opens by buying. What a conversion is meant for is told by its name, by
the order that it feeds (reduce-only closes), or by the function around it (`close_long`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from readiness.codelint.context import Context
from readiness.codelint.knowledge.sides import Literal, asks_long, is_position_side, literal_of
from readiness.codelint.knowledge.trading import REDUCE_ONLY, OrderCall, order_call
from readiness.codelint.program import Function
from readiness.codelint.syntax import is_constant, last_name, leaf_text, snake

__all__ = ["check"]

_CLOSES = re.compile(
    r"(^|_)(clos(e|es|ing)|exit(s|ing)?|opposite|reduc(e|ing)|flatten|unwind|stop|sl|tp|"
    r"stop_loss|take_profit|protect\w*|cover)(_|$)"
)
_OPENS = re.compile(r"(^|_)(open(s|ing)?|enter|entry|entries)(_|$)")
_BOTH = re.compile(r"(^|_)(reverse|flip|switch|and|or|hedge|swap)(_|$)")
_LEG = re.compile(r"(^|_)(long|short)s?(_|$)")
_SIDE_NAME = re.compile(r"(^|_)(side|sides|action|direction)(_|$)|^(closing|opening|exits?|entry)$")
_POSITION_SIDE = re.compile(r"^(position_side|pos_side)$")
_POSITIONS = re.compile(r"(^|_)(position|pos|leg)$")


def check(context: Context) -> None:
    """Report conversions that buy where they should sell, and the other way round."""
    for function in context.functions():
        for node in function.nodes:
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Dict):
                _table(context, function, node)
        _branches(context, function)
        for site in function.calls:
            order = order_call(site)
            if order is not None:
                _literal_order(context, function, order)
                _reducing(context, function, order)


def _is_closing(name: str) -> bool | None:
    """Whether a name speaks of closing (True) or opening (False); None for both or neither."""
    word = snake(name)
    closes, opens = bool(_CLOSES.search(word)), bool(_OPENS.search(word))
    return None if closes == opens or _BOTH.search(word) else closes


def _is_wrong(leg: Literal, side: Literal, *, closes: bool) -> bool:
    opening = Literal.BUY if leg is Literal.LONG else Literal.SELL
    return (side is opening) == closes


def _table(context: Context, function: Function, node: ast.Assign | ast.AnnAssign) -> None:
    """`CLOSE_SIDE = {"long": "buy", "short": "sell"}`."""
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    name = last_name(target)
    closes = _is_closing(name)
    if closes is None or not isinstance(node.value, ast.Dict):
        return
    pairs = list(_pairs(node.value))
    if pairs and all(_is_wrong(leg, side, closes=closes) for leg, side in pairs):
        _report(context, function, node, name, closes=closes)


def _pairs(table: ast.Dict) -> Iterator[tuple[Literal, Literal]]:
    """Legs and the order sides that a table gives them."""
    for key, value in zip(table.keys, table.values, strict=True):
        leg, side = literal_of(key), literal_of(value)
        if leg in {Literal.LONG, Literal.SHORT} and side in {Literal.BUY, Literal.SELL}:
            yield leg, side


def _branches(context: Context, function: Function) -> None:
    """A function that is named after the side it answers with, by `if` or by `match`."""
    closes = _is_closing(function.name)
    if closes is None or not _SIDE_NAME.search(snake(function.name)):
        return
    for leg, node in _answers(function):
        side = literal_of(node.value)
        if side in {Literal.BUY, Literal.SELL} and _is_wrong(leg, side, closes=closes):
            _report(context, function, node, function.name, closes=closes)
            return


def _answers(function: Function) -> Iterator[tuple[Literal, ast.Return]]:
    """Returns under a branch that tells the leg."""
    for node in function.nodes:
        if isinstance(node, ast.If):
            is_long = asks_long(node.test)
            answer = _only_return(node.body)
            if is_long is not None and answer is not None:
                yield (Literal.LONG if is_long else Literal.SHORT), answer
        elif isinstance(node, ast.match_case) and isinstance(node.pattern, ast.MatchValue):
            leg, answer = literal_of(node.pattern.value), _only_return(node.body)
            if leg in {Literal.LONG, Literal.SHORT} and answer is not None:
                yield leg, answer


def _only_return(body: list[ast.stmt]) -> ast.Return | None:
    last = body[-1]
    return last if len(body) == 1 and isinstance(last, ast.Return) else None


def _literal_order(context: Context, function: Function, order: OrderCall) -> None:
    """A literal side in a function that is named after what it does to which leg."""
    side = literal_of(order.arguments.get("side"))
    name = snake(function.name)
    closes = _is_closing(name)
    leg = _leg_of(name)
    given = literal_of(order.value(_POSITION_SIDE))
    reduces = is_constant(order.value(REDUCE_ONLY), True, "true", "True")
    if reduces and given is not None and side in {Literal.BUY, Literal.SELL}:
        if _is_wrong(given, side, closes=True):
            what = f"this order reduces the {given.value} leg, and its side opens it"
            context.report("T04", function.module, order.site.node, what)
        return
    if leg is None or closes is None:
        return
    if given in {Literal.LONG, Literal.SHORT} and given is not leg:
        what = f"{function.name} sends its order to the {given.value} leg"
        context.report("T04", function.module, order.site.node, what)
    elif side in {Literal.BUY, Literal.SELL} and _is_wrong(leg, side, closes=closes):
        _report(context, function, order.site.node, function.name, closes=closes)


def _leg_of(name: str) -> Literal | None:
    found = {match.group(2) for match in _LEG.finditer(name)}
    if len(found) != 1:
        return None
    return Literal.LONG if found == {"long"} else Literal.SHORT


def _reducing(context: Context, function: Function, order: OrderCall) -> None:
    """A reduce-only order on the side that the position already has."""
    if not is_constant(order.value(REDUCE_ONLY), True):
        return
    given = order.arguments.get("side")
    module = function.module
    if isinstance(given, ast.Subscript) and _same_side_table(function, given):
        what = "the table gives this reducing order the side that opens"
        context.report("T04", module, order.site.node, what)
    elif given is not None and _is_own_side(given, function):
        what = "this reducing order is sent on the position's own side"
        context.report("T04", module, order.site.node, what)
    elif isinstance(given, ast.Name) and _assigned_same(function, given.id):
        what = f"{given.id} is the side that opened the position, and the order reduces it"
        context.report("T04", module, order.site.node, what)


def _same_side_table(function: Function, node: ast.Subscript) -> bool:
    name = last_name(node.value)
    bindings = function.module.body.bindings.get(name, [])
    if function.owner is not None:
        bindings = bindings + function.owner.attributes.get(name, [])
    tables = [b.expression for b in bindings if isinstance(b.expression, ast.Dict)]
    pairs = [pair for table in tables for pair in _pairs(table)]
    return bool(pairs) and all(_is_wrong(leg, side, closes=True) for leg, side in pairs)


def _is_own_side(node: ast.expr, function: Function) -> bool:
    """`position.side`, `pos["side"]`, or a local that is bound to it and to nothing else."""
    if isinstance(node, ast.Name):
        made = function.bindings.get(node.id, [])
        value = made[0].expression if len(made) == 1 else None
        return isinstance(value, (ast.Attribute, ast.Subscript, ast.Call)) and _is_own_side(
            value, function
        )
    holder: ast.expr | None = None
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        holder = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        holder = node.func.value if node.func.attr == "get" else None
    is_position = holder is not None and bool(_POSITIONS.search(snake(last_name(holder))))
    return is_position and snake(leaf_text(node)) == "side"


def _assigned_same(function: Function, name: str) -> bool:
    """`if position.is_long: side = "Buy"`, in every branch that sets it."""
    verdicts: list[bool] = []
    for node in function.nodes:
        if not isinstance(node, ast.If):
            continue
        is_long = asks_long(node.test)
        side = _stored(node.body, name)
        if is_long is None or side is None:
            continue
        is_position = is_position_side(_asked(node.test))
        leg = Literal.LONG if is_long else Literal.SHORT
        verdicts.append(is_position and _is_wrong(leg, side, closes=True))
    return bool(verdicts) and all(verdicts)


def _asked(test: ast.expr) -> ast.expr:
    return test.left if isinstance(test, ast.Compare) else test


def _stored(body: list[ast.stmt], name: str) -> Literal | None:
    for statement in body:
        if isinstance(statement, ast.Assign) and last_name(statement.targets[0]) == name:
            side = literal_of(statement.value)
            return side if side in {Literal.BUY, Literal.SELL} else None
    return None


def _report(
    context: Context, function: Function, node: ast.AST, name: str, *, closes: bool
) -> None:
    meant, does = ("closes", "opens") if closes else ("opens", "closes")
    what = f"{name} {meant} a leg, and this side {does} it"
    context.report("T04", function.module, node, what)
