"""The two kinds of side: an order buys or sells, a position is long or short."""

from __future__ import annotations

import ast
import re
from enum import Enum

from readiness.codelint.program import Function
from readiness.codelint.syntax import constant, dotted, last_name, snake

__all__ = [
    "Literal",
    "asks_long",
    "closes_by_side",
    "is_order_side",
    "is_position_side",
    "literal_of",
    "side_test",
]

_POSITION = re.compile(r"(^|[._])(position|pos|leg)s?([._]|$)")
_ORDER = re.compile(r"(^|_)(side|action|signal_type|direction)$")
_CLOSING = re.compile(r"(^|_)(clos(e|ing)|exit|opposite|reverse)_?(order_)?side$|^opposite_side")
_CASES = frozenset({"lower", "upper", "strip", "capitalize", "title"})


class Literal(Enum):
    """A word for a side, as written in code."""

    BUY = "Buy"
    SELL = "Sell"
    LONG = "long"
    SHORT = "short"


def literal_of(node: ast.AST | None) -> Literal | None:
    """The side that a string or an enum member denotes."""
    word = constant(node)
    if not isinstance(word, str):
        if isinstance(node, ast.Attribute) and node.attr in {"value", "name"}:
            node = node.value
        word = last_name(node) if isinstance(node, ast.Attribute) else ""
    return {
        "buy": Literal.BUY,
        "sell": Literal.SELL,
        "long": Literal.LONG,
        "short": Literal.SHORT,
    }.get(word.lower())


def _bare(node: ast.AST | None) -> ast.AST | None:
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr not in _CASES:
            break
        node = node.func.value
    while isinstance(node, ast.Attribute) and node.attr in {"value", "name"}:
        node = node.value
    if isinstance(node, ast.Subscript):
        key = constant(node.slice)
        return ast.Name(id=f"{dotted(node.value)}.{key}") if isinstance(key, str) else node
    return node


def is_position_side(node: ast.AST | None) -> bool:
    """Whether the expression is called like the side of a position."""
    bare = _bare(node)
    text = dotted(bare) if bare is not None else ""
    return bool(_POSITION.search(snake(text)))


def is_order_side(node: ast.AST | None) -> bool:
    """Whether the expression is called like the side of an order or a signal."""
    bare = _bare(node)
    text = snake(dotted(bare).rpartition(".")[2]) if bare is not None else ""
    return bool(_ORDER.search(text)) and not is_position_side(node)


def side_test(test: ast.AST) -> bool:
    """Whether the condition asks if an order buys or sells."""
    for node in ast.walk(test):
        if isinstance(node, ast.Compare) and len(node.comparators) == 1:
            right = node.comparators[0]
            values = right.elts if isinstance(right, (ast.Tuple, ast.List, ast.Set)) else [right]
            literals = {literal_of(value) for value in values}
            if literals & {Literal.BUY, Literal.SELL} and is_order_side(node.left):
                return True
            if literal_of(node.left) in {Literal.BUY, Literal.SELL} and is_order_side(right):
                return True
        elif isinstance(node, (ast.Name, ast.Attribute)) and snake(last_name(node)) in {
            "is_buy",
            "is_buy_order",
        }:
            return True
    return False


def closes_by_side(side: ast.AST | None, function: Function) -> bool:
    """Whether the side sent is the opposite of the position's."""
    if side is None:
        return False
    if _CLOSING.search(snake(last_name(side))):
        return True
    spelled = side.func if isinstance(side, ast.Call) else side
    spelled = spelled.value if isinstance(spelled, ast.Subscript) else spelled
    if not isinstance(side, (ast.Name, ast.Attribute)) and re.search(
        r"clos(e|ing)_(side|of)|opposite|exit_side|(^|_)inverse", snake(last_name(spelled))
    ):
        return True
    if isinstance(side, ast.Name):
        return any(
            isinstance(binding.expression, ast.IfExp) and _is_opposite(binding.expression)
            for binding in function.bindings.get(side.id, [])
        )
    return isinstance(side, ast.IfExp) and _is_opposite(side)


def _is_opposite(node: ast.IfExp) -> bool:
    is_long = asks_long(node.test)
    if is_long is None:
        return False
    taken = literal_of(node.body)
    return taken is (Literal.SELL if is_long else Literal.BUY)


def asks_long(test: ast.expr) -> bool | None:
    """True when the condition says that the position is long, False for short, None for neither."""
    if isinstance(test, (ast.Name, ast.Attribute)):
        word = snake(last_name(test))
        return {"is_long": True, "is_short": False}.get(word)
    if isinstance(test, ast.Compare) and len(test.comparators) == 1:
        if not isinstance(test.ops[0], (ast.Eq, ast.Is)):
            return None
        literal = literal_of(test.comparators[0])
        if literal in {Literal.LONG, Literal.SHORT}:
            word = snake(last_name(_bare(test.left)))
            if re.search(r"direction|signal", word):
                return None
            return literal is Literal.LONG
        if is_position_side(test.left) and literal in {Literal.BUY, Literal.SELL}:
            return literal is Literal.BUY
    return None
