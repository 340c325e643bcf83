"""T07: an order that becomes a market order when something is missing or fails."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from readiness.codelint.context import Context
from readiness.codelint.knowledge.trading import CLOSING, REDUCE_ONLY, order_call
from readiness.codelint.program import CallSite, Function
from readiness.codelint.syntax import (
    calls_in,
    constant,
    is_constant,
    last_name,
    leaf_text,
    mentions,
    names_in,
    snake,
)

__all__ = ["check"]

_FILLED = re.compile(r"(^|_)(un)?filled(_|$)|(^|_)(status|state|remaining)(_|$)|^partially")


def check(context: Context) -> None:
    """Report market orders that nobody decided on."""
    for function in context.functions():
        for node in function.nodes:
            if isinstance(node, ast.ExceptHandler):
                _market_in(context, function, node.body, node)
            elif isinstance(node, ast.If):
                _chase(context, function, node)
                _unfilled(context, function, node)
                _priced_later(context, function, node)
            elif isinstance(node, (ast.BoolOp, ast.IfExp)):
                _market_by_default(context, function, node)


def _is_market(value: ast.AST | None) -> bool:
    word = constant(value)
    if isinstance(word, str):
        return word.lower() == "market"
    return isinstance(value, ast.Attribute) and value.attr.upper() == "MARKET"


def _is_order_like(site: CallSite) -> bool:
    if order_call(site) is not None:
        return True
    return bool(re.search(r"order|_?place|submit|_?send|execute|market|enter", snake(site.name)))


def _market_orders(function: Function, body: list[ast.stmt]) -> Iterator[ast.AST]:
    for call in calls_in(*body):
        site = function.by_call.get(call)
        if site is None or not _is_order_like(site):
            continue
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        is_market = any(_is_market(value) for value in values)
        is_market |= bool(
            re.search(r"market_(order|buy|sell)|(buy|sell)_market|^_?market$", snake(site.name))
        )
        if is_market and not _reduces(call):
            yield call


def _reduces(call: ast.Call) -> bool:
    return any(
        keyword.arg and REDUCE_ONLY.search(snake(keyword.arg)) and is_constant(keyword.value, True)
        for keyword in call.keywords
    )


def _market_in(
    context: Context, function: Function, body: list[ast.stmt], handler: ast.ExceptHandler
) -> None:
    if CLOSING.search(snake(function.name)):
        return
    for call in _market_orders(function, body):
        context.report("T07", function.module, call, "a failure is answered with a market order")
    for statement in handler.body:
        if (
            isinstance(statement, ast.Assign)
            and _is_market(statement.value)
            and re.search(r"type", snake(leaf_text(statement.targets[0])))
        ):
            context.report(
                "T07",
                function.module,
                statement,
                "a failure turns the order into a market order",
            )


def _market_by_default(context: Context, function: Function, node: ast.BoolOp | ast.IfExp) -> None:
    """`order_type or "Market"`, `"Market" if price is None else "Limit"`."""
    statement = function.module.statement(node)
    parent = function.module.parents.get(node)
    call = function.module.parents.get(parent) if isinstance(parent, ast.keyword) else None
    if isinstance(call, ast.Call) and _reduces(call):
        return
    name = parent.arg or "" if isinstance(parent, ast.keyword) else ""
    if isinstance(statement, ast.Assign) and parent is statement:
        name = _sent_as(function, leaf_text(statement.targets[0]))
    if isinstance(parent, ast.Dict) and node in parent.values:
        name = str(constant(parent.keys[parent.values.index(node)]) or "")
    if not re.search(r"order_?type|^type$", snake(name)) or CLOSING.search(snake(function.name)):
        return
    if isinstance(node, ast.BoolOp):
        guilty = isinstance(node.op, ast.Or) and _is_market(node.values[-1])
    else:
        asks_price = mentions(node.test, re.compile(r"(^|_)price$"))
        guilty = asks_price and (_is_market(node.body) or _is_market(node.orelse))
    if guilty:
        context.report(
            "T07",
            function.module,
            node,
            f"{ast.unparse(node)}: what is missing becomes a market order",
        )


def _sent_as(function: Function, name: str) -> str:
    """The keyword under which an order takes the local name; else the name itself."""
    for site in function.calls:
        order = order_call(site)
        if order is None or is_constant(order.value(REDUCE_ONLY), True):
            continue
        for word, value in order.arguments.items():
            if isinstance(value, ast.Name) and value.id == name:
                return word
    return name


def _chase(context: Context, function: Function, node: ast.If) -> None:
    """`order = limit(…); if order is None: market(…)`."""
    if CLOSING.search(snake(function.name)):
        return
    if mentions(node.test, re.compile(r"(^|_)price$")) and "None" in ast.unparse(node.test):
        for statement in node.body:
            if isinstance(statement, ast.Assign) and _is_market(statement.value):
                context.report(
                    "T07",
                    function.module,
                    statement,
                    "a missing price turns the order into a market order",
                )
    asked = names_in(node.test)
    limits: set[str] = set()
    for name in asked:
        for binding in function.bindings.get(name, []):
            value = binding.expression
            if isinstance(value, ast.Await):
                value = value.value
            if isinstance(value, ast.Call) and value.lineno < node.lineno:
                words = [constant(a) for a in (*value.args, *(k.value for k in value.keywords))]
                is_limit = any(isinstance(w, str) and w.lower() == "limit" for w in words)
                is_limit |= bool(
                    re.search(r"post_only|maker|passive", snake(last_name(value.func)))
                )
                if is_limit or "limit" in snake(last_name(value.func)):
                    limits.add(name)
    if limits:
        for call in _market_orders(function, node.body):
            context.report(
                "T07",
                function.module,
                call,
                "a limit order that was not filled is sent again at any price",
            )


def _priced_later(context: Context, function: Function, node: ast.If) -> None:
    """`order_type = "Market"`, then `if price is not None: order_type = "Limit"`."""
    if CLOSING.search(snake(function.name)) or node.orelse:
        return
    if not mentions(node.test, re.compile(r"(^|_)price$")):
        return
    body = getattr(function.module.parents.get(node), "body", [])
    above = body[: body.index(node)] if isinstance(body, list) and node in body else []
    for statement in above:
        if not isinstance(statement, ast.Assign) or not _is_market(statement.value):
            continue
        name = ast.unparse(statement.targets[0])
        if re.search(r"type", snake(name)) and any(
            isinstance(s, ast.Assign) and ast.unparse(s.targets[0]) == name for s in node.body
        ):
            what = "without a price the order becomes a market order"
            context.report("T07", function.module, statement, what)


def _unfilled(context: Context, function: Function, node: ast.If) -> None:
    """`limit(…); state = get_order(…); if not state.is_filled: market(…)`."""
    if CLOSING.search(snake(function.name)):
        return
    if mentions(node.test, _FILLED) and _limit_before(function, node):
        for call in _market_orders(function, node.body):
            what = "a limit order that was not filled is sent again at any price"
            context.report("T07", function.module, call, what)


def _limit_before(function: Function, node: ast.If) -> bool:
    """A limit order was sent above."""
    return any(
        site.node.lineno < node.lineno
        and _is_order_like(site)
        and (
            "limit" in snake(site.name)
            or any(str(constant(v)).lower() == "limit" for v in _values(site.node))
        )
        for site in function.calls
    )


def _values(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]
