"""T05, T07, T16, T17: what an order path does when something is unknown or fails."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from readiness.codelint.context import Context
from readiness.codelint.knowledge.trading import (
    CLIENT_ID,
    CLOSING,
    REDUCE_ONLY,
    exchange_call,
    order_call,
)
from readiness.codelint.program import CallSite, Function
from readiness.codelint.syntax import (
    calls_in,
    constant,
    dotted,
    is_constant,
    last_name,
    leaf_text,
    mentions,
    names_in,
    snake,
    walk_same_scope,
)

__all__ = ["check"]

_STOP = re.compile(
    r"(^|_)(stops?|stop_loss|sl|trailing|trigger|sltp|protective|protection|bracket)(_|$)|"
    r"stop_?(market|limit|order)"
)
_FILLED = re.compile(r"(^|_)(un)?filled(_|$)|(^|_)(status|state|remaining)(_|$)|^partially")
_LOGGING = frozenset(
    {"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"}
    | {"print_exc", "format_exc", "str", "repr", "type", "getLogger", "append"}
)
# What an order call raises when its outcome is unknown, besides everything.
_FAILURES = frozenset(
    {"Exception", "BaseException", "OSError", "TimeoutError", "ConnectionError", "ClientError"}
    | {"NetworkError", "ExchangeError", "RequestTimeout", "BaseError", "HTTPError"}
    | {"RequestException", "ConnectionResetError", "ServerTimeoutError"}
)
_TRUTHS = re.compile(r"^_*(get|fetch|load)_(open_|all_)?(orders?|positions?|balances?|executions)$")
_ORDER_NAME = re.compile(
    r"(place|submit|send|create|execute|open|close|cancel|amend|modify)_(\w+_)?(order|position)s?"
    r"|set_trading_stop|set_(stop_loss|take_profit)"
)


def check(context: Context) -> None:
    """Report orders that change their nature, lose their stop, or fail in silence."""
    for function in context.functions():
        _moved_stop(context, function)
        for node in function.nodes:
            if isinstance(node, (ast.Try, ast.TryStar)):
                _swallowed(context, function, node)
                for handler in node.handlers:
                    _market_in(context, function, handler.body, handler)
            elif isinstance(node, (ast.With, ast.AsyncWith)):
                _suppressed(context, function, node)
            elif isinstance(node, ast.If):
                _chase(context, function, node)
                _unfilled(context, function, node)
            elif isinstance(node, (ast.BoolOp, ast.IfExp)):
                _market_by_default(context, function, node)


# T07: market order as a fallback.


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
    name = parent.arg or "" if isinstance(parent, ast.keyword) else ""
    if isinstance(statement, ast.Assign) and parent is statement:
        name = leaf_text(statement.targets[0])
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


# T16: the stop is gone before the new one rests.


def _moved_stop(context: Context, function: Function) -> None:
    cancels: list[CallSite] = []
    about_stops = bool(_STOP.search(snake(function.name)))
    for site in function.calls:
        name = snake(site.name)
        talks_of_stop = about_stops or mentions(site.node, _STOP) or "cancel_all" in name
        if re.search(r"^_*cancel", name) and talks_of_stop and not site.receiver.endswith("task"):
            if name != "cancel" or site.node.args:
                cancels.append(site)
        elif name == "set_trading_stop" and _removes(site):
            cancels.append(site)
        elif cancels and _places_stop(site, about_stops=about_stops):
            first = cancels[0]
            if not _exclusive(function, first.node, site.node):
                context.report(
                    "T16",
                    function.module,
                    first.node,
                    f"the stop is canceled before {ast.unparse(site.node.func)} in line "
                    f"{site.node.lineno} places the new one",
                )
                return


def _removes(site: CallSite) -> bool:
    """A stop of zero takes the stop away."""
    return any(
        keyword.arg
        and _STOP.search(snake(keyword.arg))
        and is_constant(keyword.value, "0", 0, "", None)
        for keyword in site.node.keywords
    )


def _places_stop(site: CallSite, *, about_stops: bool) -> bool:
    name = snake(site.name)
    if order_call(site) is not None:
        return about_stops or mentions(site.node, _STOP)
    return bool(re.search(r"^_*(place|create|set|submit|send|add)_\w*(stop|sl|sltp)", name))


def _exclusive(function: Function, first: ast.AST, second: ast.AST) -> bool:
    """The two calls stand in different branches of one if."""
    module = function.module
    above = {id(a): a for a in module.ancestors(first)}
    for ancestor in module.ancestors(second):
        if id(ancestor) in above and isinstance(ancestor, ast.If):
            in_body = [
                any(node is inner for s in ancestor.body for inner in ast.walk(s))
                for node in (first, second)
            ]
            if in_body[0] != in_body[1]:
                return True
    return False


# T17: errors swallowed.


def _is_order_work(site: CallSite) -> bool:
    if exchange_call(site) in {"place", "change"}:
        return True
    if exchange_call(site) and _TRUTHS.search(snake(site.name)):
        return True
    name = snake(site.name)
    named = any(k.arg and CLIENT_ID.search(snake(k.arg)) for k in site.node.keywords)
    if named and re.fullmatch(r"_*(place|submit|send|amend|modify|edit|cancel)", name):
        return True
    if not _ORDER_NAME.search(name) or site.constructs is not None:
        return False
    if re.search(r"(^|[._])(db|repo|repository|store|storage|journal|cache|log)", site.receiver):
        return False
    return site.is_awaited or site.receiver in {"self", ""}


def _swallowed(context: Context, function: Function, node: ast.Try | ast.TryStar) -> None:
    work = [
        site
        for call in calls_in(*node.body)
        if (site := function.by_call.get(call)) is not None and _is_order_work(site)
    ]
    if not work and not _wraps_orders(context, function, node):
        return
    what = ast.unparse(work[0].node.func) if work else "the decorated order call"
    for handler in node.handlers:
        if _is_broad(handler.type) and _only_forgets(handler):
            context.report(
                "T17",
                function.module,
                handler,
                f"a failure of {what} is forgotten",
            )


def _wraps_orders(context: Context, function: Function, node: ast.Try | ast.TryStar) -> bool:
    """A decorator's wrapper around the call, when it decorates order functions."""
    maker = function.parent
    if maker is None or maker.is_body or maker.owner is not None:
        return False
    names = {p.arg for p in maker.parameters()}
    calls = any(isinstance(c.func, ast.Name) and c.func.id in names for c in calls_in(*node.body))
    return calls and any(
        _ORDER_NAME.search(snake(other.name))
        and any(last_name(getattr(d, "func", d)) == maker.name for d in other.decorators)
        for other in function.module.functions
    )


def _is_broad(node: ast.expr | None) -> bool:
    if node is None:
        return True
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(last_name(part) in _FAILURES for part in parts)


def _only_forgets(handler: ast.ExceptHandler) -> bool:
    """The handler logs at most, and returns a constant or goes on."""
    for statement in handler.body:
        for node in walk_same_scope(statement):
            if isinstance(node, (ast.Raise, ast.Await)):
                return False
            if isinstance(node, ast.Call) and last_name(node.func) not in _LOGGING:
                return False
            if isinstance(node, ast.Return) and not _is_nothing(node.value):
                return False
            if isinstance(node, (ast.Assign, ast.AugAssign)) and not _is_count(node):
                return False
    return True


def _is_nothing(value: ast.expr | None) -> bool:
    if value is None or is_constant(value, None, False, 0, -1, ""):
        return True
    return (
        isinstance(value, (ast.Dict, ast.List, ast.Tuple))
        and not list(ast.iter_child_nodes(value))[:-1]
    )


def _is_count(node: ast.Assign | ast.AugAssign) -> bool:
    """A counter of errors or a local flag is no resolution of an unknown outcome."""
    if isinstance(node, ast.AugAssign):
        return True
    return _is_nothing(node.value) and isinstance(node.targets[0], ast.Name)


def _suppressed(context: Context, function: Function, node: ast.With | ast.AsyncWith) -> None:
    for item in node.items:
        call = item.context_expr
        if not isinstance(call, ast.Call) or not dotted(call.func).endswith("suppress"):
            continue
        if any(_is_broad(argument) for argument in call.args):
            for inner in calls_in(*node.body):
                site = function.by_call.get(inner)
                if site is not None and _is_order_work(site):
                    context.report(
                        "T17",
                        function.module,
                        node,
                        f"a failure of {ast.unparse(inner.func)} is forgotten",
                    )
                    return
