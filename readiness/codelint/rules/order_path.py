"""T17: what an order path does when something fails."""

from __future__ import annotations

import ast
import re

from readiness.check import Severity
from readiness.codelint.context import Context
from readiness.codelint.knowledge.trading import (
    CLIENT_ID,
    exchange_call,
)
from readiness.codelint.program import CallSite, Function
from readiness.codelint.syntax import (
    calls_in,
    dotted,
    is_constant,
    last_name,
    snake,
    walk_same_scope,
)

__all__ = ["check"]

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
    """Report orders that fail in silence."""
    for function in context.functions():
        for node in function.nodes:
            if isinstance(node, (ast.Try, ast.TryStar)):
                _swallowed(context, function, node)
            elif isinstance(node, (ast.With, ast.AsyncWith)):
                _suppressed(context, function, node)


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
                severity=Severity.MEDIUM if _asks_again(work, handler) else None,
            )


def _asks_again(work: list[CallSite], handler: ast.ExceptHandler) -> bool:
    """Only questions failed, and the log says so: the next round asks again."""
    is_logged = any(last_name(c.func) in _LOGGING for c in calls_in(*handler.body))
    return bool(work) and is_logged and all(exchange_call(s) == "read" for s in work)


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
    if isinstance(value, ast.Dict) and value.keys:
        return all(isinstance(entry, ast.Constant) for entry in value.values)
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
