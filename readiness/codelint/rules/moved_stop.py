"""T16: a stop that is canceled before the one that replaces it rests.

What cancels and what places is told by the call, by the function that it reaches, and by what
the function around is for; a close in between makes the stop needless.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from readiness.codelint.context import Context
from readiness.codelint.knowledge.trading import (
    CLOSING,
    EXCHANGE,
    REDUCE_ONLY,
    exchange_call,
    order_call,
)
from readiness.codelint.program import CallSite, Function
from readiness.codelint.syntax import constant, is_constant, mentions, snake

__all__ = ["check"]

_STOP = re.compile(
    r"(^|_)(stops?|stop_loss|stoploss|sl|trailing|trail|trigger|sltp|protective|protection|protect|"
    r"bracket|algo|conditional)(_|$)|stop_?(market|limit|order|price)|(^|_)(stop|sl)_?(px|price)"
)
_CANCELS = re.compile(r"^_*(async_|safe_|try_|futures_|do_)*(cancel|delete|remove|kill|drop|clear)")
_NOT_ORDERS = re.compile(
    r"task|timer|subscription|listener|watch|handler|callback|alert|job|(^|_)future(_|$)|request|"
    r"cache|key|file|entry|lock"
)
_PLACES = re.compile(
    r"^_*(async_|safe_|try_|do_)*(place|create|set|submit|send|add|put|open|post|new)_\w*"
    r"(stop|sl|sltp|protection|protective|trailing|algo|conditional)"
)
_PUTS = re.compile(r"^_*(place|put|arm|attach|send|submit)(_(it|new|again|at|level))?$")
_ORDERS = re.compile(r"(^|_)orders?(_|$)")
_DEPTH_MAX = 2


def check(context: Context) -> None:
    """Report the cancel after which a position has no stop."""
    for function in context.functions():
        _moved(context, function)


def _moved(context: Context, function: Function) -> None:
    cancels: list[CallSite] = []
    about = bool(_STOP.search(snake(function.name)))
    for site in sorted(function.calls, key=lambda s: (s.node.lineno, s.node.col_offset)):
        if _cancels(site, about=about, depth=0):
            cancels.append(site)
        elif _closes(site):
            return
        elif cancels and _places(site, about=about, depth=0):
            first = next((c for c in cancels if not _exclusive(function, c.node, site.node)), None)
            if first is not None:
                what = (
                    f"the stop is canceled before {ast.unparse(site.node.func)} in line "
                    f"{site.node.lineno} places the new one"
                )
                context.report("T16", function.module, first.node, what)
                return


def _cancels(site: CallSite, *, about: bool, depth: int) -> bool:
    """The call takes a resting stop away, itself or in a method that it reaches."""
    name = snake(site.name)
    if name == "set_trading_stop":
        return _removes(site)
    if not _CANCELS.search(name) or _NOT_ORDERS.search(name) or site.receiver.endswith("task"):
        return _reaches(site, depth, lambda s: _cancels(s, about=False, depth=depth + 1))
    if not about and not _speaks_of_stop(site) and "cancel_all" not in name:
        return False
    if name in {"cancel", "delete", "remove"}:
        return bool(site.node.args) and bool(EXCHANGE.search(snake(site.receiver)))
    is_order = bool(_ORDERS.search(name)) or bool(exchange_call(site)) or "cancel" in name
    return is_order or _reaches(site, depth, lambda s: _cancels(s, about=False, depth=depth + 1))


def _speaks_of_stop(site: CallSite) -> bool:
    """A stop is named in the call, or in what its local names were read from."""
    if mentions(site.node, _STOP):
        return True
    names = [value.id for value in site.node.args if isinstance(value, ast.Name)]
    made = [b.expression for name in names for b in site.function.bindings.get(name, [])]
    return any(
        isinstance(value, (ast.Attribute, ast.Subscript)) and mentions(value, _STOP)
        for value in made
    )


def _removes(site: CallSite) -> bool:
    """A stop of zero takes the stop away."""
    return any(
        keyword.arg
        and _STOP.search(snake(keyword.arg))
        and is_constant(keyword.value, "0", 0, "", None)
        for keyword in site.node.keywords
    )


def _places(site: CallSite, *, about: bool, depth: int) -> bool:
    """The call makes a new stop rest, itself or in a method that it reaches."""
    name = snake(site.name)
    order = order_call(site)
    if order is not None:
        return about or mentions(site.node, _STOP)
    if _PLACES.search(name) and not re.search(r"price|level|distance|event|flag|loss_pct", name):
        if site.target is not None and not site.is_guess and site.target.calls:
            return any(_sends(inner, depth=0) for inner in site.target.calls)
        return site.is_awaited or bool(exchange_call(site))
    return _reaches(site, depth, lambda s: _places(s, about=False, depth=depth + 1))


def _sends(site: CallSite, *, depth: int) -> bool:
    """The call asks the exchange to change something, itself or one method further down."""
    if order_call(site) is not None or exchange_call(site) == "change":
        return True
    if site.target is None:
        return site.is_awaited
    return depth < _DEPTH_MAX and any(_sends(s, depth=depth + 1) for s in site.target.calls)


def _reaches(site: CallSite, depth: int, question: Callable[[CallSite], bool]) -> bool:
    target = site.target
    if target is None or site.is_guess or depth >= _DEPTH_MAX:
        return False
    if not (_STOP.search(snake(target.name)) or _PUTS.search(snake(target.name))):
        return False
    return any(question(inner) for inner in target.calls)


def _closes(site: CallSite) -> bool:
    """An order that closes the position, after which no stop is needed."""
    name = snake(site.name)
    order = order_call(site)
    if order is not None:
        reduces = is_constant(order.value(REDUCE_ONLY), True)
        kinds = " ".join(str(constant(v) or "") for v in order.arguments.values()).lower()
        return reduces and "stop" not in kinds and not mentions(site.node, _STOP)
    return bool(CLOSING.search(name)) and not _STOP.search(name) and "order" not in name


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
