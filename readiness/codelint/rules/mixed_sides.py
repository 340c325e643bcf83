"""T04: the side of an order taken for the side of a position, or the other way round."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.knowledge.sides import Literal, asks_long, literal_of
from readiness.codelint.knowledge.trading import REDUCE_ONLY, OrderCall, order_call
from readiness.codelint.program import CallSite, Function
from readiness.codelint.refs import RefKind
from readiness.codelint.syntax import constant, dotted, is_constant, last_name, leaf_text, snake

__all__ = ["check"]

_CLOSING_SIDE = re.compile(r"(clos(e|ing)|exit|opposite|reduce)_(order_)?side|side_to_close")
_IDX = re.compile(r"(^|_)(position_?idx|pos_?idx|leg_?idx|position_index)(_|$)")


def check(context: Context) -> None:
    """Report sides under the wrong name, and literal sides on the wrong leg."""
    for function in context.functions():
        for site in function.calls:
            order = order_call(site)
            if order is not None:
                _literal_pair(context, order)
            _crossed_arguments(context, site, is_order=order is not None)
        for node in function.nodes:
            if isinstance(node, ast.Compare):
                _crossed_compare(context, function, node)
            elif isinstance(node, ast.Subscript):
                _crossed_key(context, function, node)
            elif isinstance(node, ast.IfExp):
                _opens_again(context, function, node)


def _literal_pair(context: Context, order: OrderCall) -> None:
    """T04: a literal side and a literal leg that do not belong together."""
    _keeps_side(context, order)
    side = literal_of(order.arguments.get("side"))
    idx = next((constant(v) for k, v in order.arguments.items() if _IDX.search(k)), None)
    flag = order.value(REDUCE_ONLY)
    if side is None or idx not in (1, 2) or (flag is not None and constant(flag) is None):
        return
    reduces = is_constant(flag, True)
    opens_long = side is Literal.BUY
    expected = 1 if opens_long != reduces else 2
    if idx != expected:
        context.report(
            "T04",
            order.site.function.module,
            order.site.node,
            f"side {side.value} with position_idx {idx} and reduce_only {reduces} is the wrong leg",
        )


def _keeps_side(context: Context, order: OrderCall) -> None:
    """A reducing order on the side that opened the position: it is refused, or adds to it."""
    if not is_constant(order.value(REDUCE_ONLY), True):
        return
    function = order.site.function
    given = order.arguments.get("side")
    made = [given]
    if isinstance(given, ast.Name):
        made += [b.expression for b in function.bindings.get(given.id, [])]
    for value in made:
        if not isinstance(value, ast.IfExp):
            continue
        asked = asks_long(value.test)
        same = Literal.BUY if asked else Literal.SELL
        if asked is not None and literal_of(value.body) is same:
            what = "the side of this reducing order is the one that opened the position"
            context.report("T04", function.module, value, what)


def _opens_again(context: Context, function: Function, node: ast.IfExp) -> None:
    """`close_side = "Buy" if position is long`: the order that should close opens more."""
    statement = function.module.statement(node)
    name = function.name
    if isinstance(statement, ast.Assign):
        name = last_name(statement.targets[0])
    if not _CLOSING_SIDE.search(snake(name)):
        return
    asked = asks_long(node.test)
    if asked is not None and literal_of(node.body) is (Literal.BUY if asked else Literal.SELL):
        what = f"{name} is the side that opens the leg, not the one that closes it"
        context.report("T04", function.module, node, what)


def _crossed_arguments(context: Context, site: CallSite, *, is_order: bool) -> None:
    """T04: an order side passed as a position side, or the other way round."""
    names: list[str] = []
    if site.target is not None:
        names = [p.arg for p in site.target.parameters()]
        if names and names[0] in {"self", "cls"} and site.target.owner is not None:
            names = names[1:]
    pairs = list(zip(names, site.node.args, strict=False))
    pairs += [(keyword.arg, keyword.value) for keyword in site.node.keywords if keyword.arg]
    for name, value in pairs:
        word = snake(name)
        value = _plain(value)
        given = snake(last_name(value))
        if word in {"position_side", "pos_side"} and given == "order_side":
            _crossed(context, site, value, f"{name} is given an order side")
        elif word == "order_side" and given in {"position_side", "pos_side"}:
            _crossed(context, site, value, f"{name} is given a position side")
        elif word == "side" and is_order:
            owner = snake(dotted(value)).split(".")
            is_leg = given in {"position_side", "pos_side"}
            if is_leg or (given == "side" and len(owner) > 1 and owner[-2] in {"position", "leg"}):
                _crossed(context, site, value, f"the order's side is the position's {given}")


def _crossed(context: Context, site: CallSite, value: ast.AST, message: str) -> None:
    context.report("T04", site.function.module, value, message)


def _crossed_key(context: Context, function: Function, node: ast.Subscript) -> None:
    """A dictionary of legs asked by an order's side, or the other way round."""
    holder = snake(last_name(node.value))
    if re.search(r"(^|_)(positions|legs)(_by_side)?$", holder) and snake(
        last_name(_plain(node.slice))
    ) in {"order_side"}:
        context.report("T04", function.module, node, f"{holder} is asked by an order side")
        return
    display = _dict_of(node.value, function)
    if not isinstance(display, ast.Dict) or not display.keys:
        return
    literals = {literal_of(key) for key in display.keys}
    word = snake(last_name(_plain(node.slice)))
    if literals <= {Literal.LONG, Literal.SHORT} and word == "order_side":
        context.report("T04", function.module, node, "a table of legs is asked by an order side")
    elif literals <= {Literal.BUY, Literal.SELL} and word in {"position_side", "pos_side"}:
        context.report("T04", function.module, node, "a table of order sides is asked by a leg")


def _crossed_compare(context: Context, function: Function, node: ast.Compare) -> None:
    if _differs_by_type(context, function, node):
        what = f"{ast.unparse(node)} compares two kinds of side, and is never true"
        context.report("T04", function.module, node, what)
        return
    if len(node.comparators) != 1 or not isinstance(
        node.ops[0], (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
    ):
        return
    right = node.comparators[0]
    values = right.elts if isinstance(right, (ast.Tuple, ast.List, ast.Set)) else [right]
    literals = {literal_of(value) for value in values}
    asked = _plain(node.left)
    name = snake(leaf_text(asked) if _is_field(asked) else last_name(asked))
    is_leg = name in {"position_side", "pos_side", "leg_side"}
    holder = last_name(_holder(asked))
    is_order = name == "order_side" or (name == "side" and snake(holder).endswith("order"))
    if is_leg and _is_wire_word(node.left, function):
        return
    if _agree_by_type(context, function, node):
        return
    if is_leg and literals and literals <= {Literal.BUY, Literal.SELL}:
        context.report("T04", function.module, node, f"{name} is compared with an order side")
    elif is_order and literals and literals <= {Literal.LONG, Literal.SHORT}:
        context.report("T04", function.module, node, "an order side is compared with a leg")


def _is_field(node: ast.expr) -> bool:
    """`row["side"]` and `row.get("side")`."""
    is_get = isinstance(node, ast.Call) and last_name(node.func) == "get"
    return is_get or (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant))


def _holder(node: ast.expr) -> ast.AST | None:
    """What a field is read from."""
    if isinstance(node, ast.Call):
        return node.func.value if isinstance(node.func, ast.Attribute) else None
    return node.value if isinstance(node, (ast.Attribute, ast.Subscript)) else None


def _differs_by_type(context: Context, function: Function, node: ast.Compare) -> bool:
    """Both operands have known types, two different classes of sides."""
    right = node.comparators[0]
    if len(node.comparators) != 1 or not isinstance(right, ast.Attribute):
        return False
    member = context.resolver.expression(right.value, function)
    asked = context.resolver.expression(node.left, function)
    if member is None or asked is None or member.found is None or asked.found is None:
        return False
    both = (member.found, asked.found)
    return (
        member.kind is RefKind.CLASS
        and asked.kind is RefKind.INSTANCE
        and both[0] is not both[1]
        and both[0] not in both[1].lineage()
        and all(re.search(r"(^|_)(side|leg|direction)(_|$)", snake(c.name)) for c in both)
        and literal_of(right) is not None
    )


def _agree_by_type(context: Context, function: Function, node: ast.Compare) -> bool:
    """Both operands are of one class of the tree, whatever they are called."""
    right = node.comparators[0]
    if not isinstance(right, ast.Attribute):
        return False
    member = context.resolver.expression(right.value, function)
    asked = context.resolver.expression(node.left, function)
    if member is None or asked is None or member.found is None:
        return False
    return member.found is asked.found


def _is_wire_word(node: ast.expr, function: Function) -> bool:
    """A local read from the field "side": on the wire, Bybit's positions are Buy or Sell."""
    bare = _plain(node)
    made = function.bindings.get(bare.id, []) if isinstance(bare, ast.Name) else []
    return any(
        b.expression is not None and leaf_text(_plain(b.expression)) in {"side", "S"} for b in made
    )


def _plain(node: ast.expr) -> ast.expr:
    """The expression without `.lower()`, `.value` and the like."""
    while True:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"lower", "upper", "strip", "capitalize"}
        ):
            node = node.func.value
            continue
        if isinstance(node, ast.Attribute) and node.attr in {"value", "name"}:
            node = node.value
            continue
        return node


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
