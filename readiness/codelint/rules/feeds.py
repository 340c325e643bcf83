"""T11, T13, T14: sockets that come back too fast, deaf, or blind.

A reconnecting region is a `while` loop with a try around a connect, or a function called
reconnect. What it does is collected through the methods that it calls.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TypeGuard

from readiness.codelint.context import Context
from readiness.codelint.program import CallSite, Class, Function
from readiness.codelint.syntax import (
    constant,
    dotted,
    is_constant,
    last_name,
    mentions,
    snake,
    strings_in,
    walk_same_scope,
)

__all__ = ["check"]

_CONNECT = re.compile(
    r"^_*(ws_?)?(connect|reconnect|ws_connect|create_connection|open_socket|establish_connection|"
    r"open_connection|connect_(ws|websocket|private|public|socket|stream)|websocket_connect|"
    r"start_websocket|connect_and_(listen|run|subscribe))$"
)
_OPEN = re.compile(r"^_*(open|start)$")
_SOCKET = re.compile(
    r"(^|[._])(ws|wss|web_?socket|socket|stream|feed|transport|channel)s?\d*([._]|$)"
)
_NO_SOCKET = re.compile(
    r"(^|[._])(db|database|pool|conn|engine|psycopg2?|asyncpg|sqlite3?|redis|smtp|broker_db|mqtt|"
    r"signal|grpc)([._]|$)"
)
_SUBSCRIBE = re.compile(r"subscri|(^|_)topics?(_|$)|listen_key|channels?_add")
_RECONCILE = re.compile(
    r"reconcil|re_?sync|snapshot|recover|backfill|catch_up|reload|refresh|invalidate|rebuild|replay|"
    r"(fetch|get|load|query|sync|restore|rest)_?(\w+_)?(orders?|positions?|state|balances?|fills|"
    r"executions|trades|account|missed|gap)|^open_orders$|^positions$|^sync"
)
_PRIVATE = re.compile(
    r"login|auth(?!or)|private|(^|_)user_(data|stream)|listen_?key|order_stream|(^|_)(execution|"
    r"wallet|position)s?($|_)|^orders?$"
)
_RECONNECTS = re.compile(
    r"(^|_)(re_?connect|on_reconnect|restore|resume|revive|recover|on_disconnect|on_close)(_|$)"
)
_TRADING = re.compile(
    r"\b(orders|order|positions?|executions?|wallet|exchange|trad(es?|ing)|fills?|kline|candles?)\b",
    re.IGNORECASE,
)
_DEPTH_MAX = 4


@dataclass(slots=True)
class _Doings:
    """What a region does, itself or through the methods that it calls."""

    connects: list[ast.AST] = field(default_factory=list)
    sleeps: list[tuple[ast.Call, Function]] = field(default_factory=list)
    subscribes: bool = False
    reconciles: bool = False
    is_private: bool = False
    url_topics: bool = False
    is_socket: bool = False


def check(context: Context) -> None:
    """Report reconnecting code that would be banned, deaf or blind."""
    for function in context.functions():
        if _is_reconnect_method(function):
            _judge_method(context, function)
        _starts_over(context, function)
        for node in function.nodes:
            if isinstance(node, ast.While) or _is_endless(node):
                _judge_loop(context, function, node)
            elif isinstance(node, ast.ExceptHandler):
                _judge_handler(context, function, node)


def _collect(
    function: Function, nodes: list[ast.AST], doings: _Doings, seen: set[Function], depth: int
) -> None:
    for node in nodes:
        if isinstance(node, ast.Call):
            site = function.by_call.get(node)
            if site is not None:
                _collect_call(site, doings, seen, depth)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.lower()
            doings.subscribes |= "subscribe" in text
            doings.url_topics |= "stream?" in text or "streams=" in text or "/ws/" in text
            doings.is_private |= bool(
                re.search(
                    r'"?(order|execution|position|wallet)"?$|"(order|'
                    r'execution|wallet|position)"',
                    text,
                )
            )
        elif isinstance(node, (ast.Attribute, ast.Name)):
            word = snake(last_name(node))
            doings.is_private |= bool(_PRIVATE.search(word)) and word != "position"
            doings.url_topics |= word in {"listen_key", "stream_url", "streams"}


def _collect_call(site: CallSite, doings: _Doings, seen: set[Function], depth: int) -> None:
    name = snake(site.name)
    if _is_connect(site):
        doings.connects.append(site.node)
        known = ("websockets.", "picows.", "websocket.")
        doings.is_socket |= name == "ws_connect" or site.external.startswith(known)
    if name in {"sleep", "wait_backoff", "backoff", "wait_before_reconnect"} or re.search(
        r"back_?off|wait_for_retry|sleep", name
    ):
        doings.sleeps.append((site.node, site.function))
    if re.search(r"(^|_)(re_?)?subscri", name) or "resubscribe" in name:
        doings.subscribes = True
    if _RECONCILE.search(name):
        doings.reconciles = True
    if name in {"login", "authenticate", "auth"} or "private" in name:
        doings.is_private = True
    for value in (*site.node.args, *(k.value for k in site.node.keywords)):
        if mentions(value, _SUBSCRIBE):
            doings.subscribes = True
    target = site.target
    if target is not None and target not in seen and depth < _DEPTH_MAX and not site.is_guess:
        seen.add(target)
        _collect(target, target.nodes, doings, seen, depth + 1)


def _is_connect(site: CallSite) -> bool:
    name, receiver = snake(site.name), snake(site.receiver)
    if site.external.startswith(("websockets.", "picows.", "websocket.")):
        return name in {
            "connect",
            "ws_connect",
            "create_connection",
            "run_forever",
            "web_socket_app",
        }
    if name == "ws_connect":
        return True
    if _NO_SOCKET.search(receiver) or site.external.startswith(("asyncpg", "psycopg", "sqlite")):
        return False
    if _CONNECT.search(name):
        return site.constructs is None
    return bool(_OPEN.search(name) and _SOCKET.search(receiver))


def _region(function: Function, root: ast.AST) -> list[ast.AST]:
    return list(walk_same_scope(root))


def _is_socket_room(function: Function, doings: _Doings) -> bool:
    owner = function.home
    words = snake(f"{function.qualname}.{owner.name if owner else ''}").replace(".", "_")
    if re.search(
        r"(^|_)(ws|web_?socket|socket|stream|feed|reconnect\w*|subscri\w*)(_|$|s_)", words
    ):
        return True
    return doings.subscribes or doings.is_socket


def _is_endless(node: ast.AST) -> TypeGuard[ast.For]:
    """`for attempt in itertools.count():`."""
    return (
        isinstance(node, ast.For)
        and isinstance(node.iter, ast.Call)
        and last_name(node.iter.func) == "count"
    )


def _judge_loop(context: Context, function: Function, loop: ast.While | ast.For) -> None:
    tries = [
        n for s in loop.body for n in walk_same_scope(s) if isinstance(n, (ast.Try, ast.TryStar))
    ]
    doings = _Doings()
    _collect(function, _region(function, loop), doings, {function}, 0)
    if not tries and doings.connects and _is_socket_room(function, doings):
        _after_connect(context, function, loop, doings)
    if not tries or not doings.connects:
        return
    if not _is_socket_room(function, doings):
        return
    if not any(_holds_connect(function, node) for node in tries):
        return
    _backoff(context, function, loop, tries)
    _after_connect(context, function, loop, doings)


def _holds_connect(function: Function, node: ast.Try | ast.TryStar) -> bool:
    doings = _Doings()
    _collect(function, _region(function, node), doings, {function}, 0)
    return bool(doings.connects)


def _handles_drop(node: ast.Try | ast.TryStar) -> list[ast.ExceptHandler]:
    """Handlers after which the loop goes round again."""
    return [
        handler
        for handler in node.handlers
        if not (handler.body and isinstance(handler.body[-1], (ast.Raise, ast.Return, ast.Break)))
        and "CancelledError" not in ast.unparse(handler.type or ast.Constant(value=""))
    ]


def _backoff(
    context: Context,
    function: Function,
    loop: ast.While | ast.For,
    tries: list[ast.Try | ast.TryStar],
) -> None:
    outer = [node for node in tries if _holds_connect(function, node)]
    handlers = [handler for node in outer for handler in _handles_drop(node)]
    if not handlers:
        return
    after = [s for s in loop.body if not isinstance(s, (ast.Try, ast.TryStar))]
    shared = _sleeps(function, [*after, *(s for node in outer for s in node.finalbody)])
    for handler in handlers:
        waits = _sleeps(function, handler.body)
        ends_round = handler.body and isinstance(handler.body[-1], ast.Continue)
        waits += [] if ends_round else shared
        if not waits:
            context.report("T11", function.module, loop, "reconnects at once after a failure")
            return
        if all(_is_fixed(call, where) for call, where in waits):
            context.report(
                "T11", function.module, loop, "waits the same time before each attempt to reconnect"
            )
            return


def _sleeps(function: Function, body: list[ast.stmt]) -> list[tuple[ast.Call, Function]]:
    doings = _Doings()
    for statement in body:
        _collect(function, _region(function, statement), doings, {function}, 1)
    return doings.sleeps


def _is_fixed(call: ast.Call, function: Function) -> bool:
    """A literal delay, or a name that nothing in its function or class ever changes."""
    if not call.args:
        return False
    value = call.args[0]
    if isinstance(constant(value), (int, float)):
        return True
    if isinstance(value, ast.Attribute) and dotted(value.value) == "self":
        owner = function.home
        bindings = owner.attributes.get(value.attr, []) if owner else []
        return bool(bindings) and all(b.scope.name == "__init__" for b in bindings)
    return bool(isinstance(value, ast.Name) and value.id.isupper())


def _after_connect(context: Context, function: Function, region: ast.AST, doings: _Doings) -> None:
    """T13 and T14: what must follow each connect."""
    owner = function.home
    if not doings.subscribes and not doings.url_topics and _knows_topics(function, owner):
        context.report("T13", function.module, region, "connects again and subscribes to nothing")
    is_trading = doings.is_socket or bool(_TRADING.search(function.module.text))
    if is_trading and not doings.reconciles and _is_private_feed(function, owner, doings):
        context.report(
            "T14", function.module, region, "connects again and never asks what happened meanwhile"
        )


def _knows_topics(function: Function, owner: Class | None) -> bool:
    """The class subscribes elsewhere, so a new socket must be told again."""
    others = list(owner.methods.values()) if owner else function.module.functions
    for other in others:
        if other is function:
            continue
        if re.search(r"(^|_)(re_?)?subscribe", snake(other.name)):
            return True
        if any(re.search(r"(^|_)subscribe", snake(site.name)) for site in other.calls):
            return True
        if any("subscribe" in text.lower() for text in strings_in(other.node)):
            return True
    return False


def _is_private_feed(function: Function, owner: Class | None, doings: _Doings) -> bool:
    name = snake(owner.name) if owner else snake(function.name)
    if re.search(r"order_book|public|candle|market_data|ticker|kline|depth", name):
        return bool(re.search(r"private|user", name))
    if doings.is_private:
        return True
    if re.search(r"private|order_stream|user_(data|stream)|account", name):
        return True
    if owner is None:
        return False
    topics = {
        text.lower()
        for binding_list in (
            owner.attributes.get("topics", []),
            owner.attributes.get("_topics", []),
        )
        for binding in binding_list
        if binding.expression is not None
        for text in strings_in(binding.expression)
    }
    return bool(topics & {"order", "execution", "position", "wallet", "orders", "positions"})


def _judge_handler(context: Context, function: Function, handler: ast.ExceptHandler) -> None:
    """A handler that connects again by itself, or by calling its own function."""
    if any(isinstance(a, ast.While) for a in function.module.ancestors(handler)):
        return
    doings = _Doings()
    _collect(function, _region(function, handler), doings, set(), 0)
    again = any(
        isinstance(node, ast.Call)
        and (site := function.by_call.get(node)) is not None
        and site.target is function
        for node in walk_same_scope(handler)
    )
    if not (doings.connects or again) or not _is_socket_room(function, doings):
        return
    if again and not _sleeps(function, handler.body):
        context.report("T11", function.module, handler, "starts over at once after a failure")
    if doings.connects and not again:
        _after_connect(context, function, handler, doings)


def _starts_over(context: Context, function: Function) -> None:
    """Connects, and calls itself when the socket is gone."""
    own = [s for s in function.calls if s.target is function and not _in_handler(s)]
    if not own or any(isinstance(node, ast.While) for node in function.nodes):
        return
    doings = _Doings()
    _collect(function, function.nodes, doings, {function}, 0)
    if doings.connects and not doings.sleeps and _is_socket_room(function, doings):
        context.report("T11", function.module, own[0].node, "starts over at once after a drop")


def _in_handler(site: CallSite) -> bool:
    above = site.function.module.ancestors(site.node)
    return any(isinstance(node, ast.ExceptHandler) for node in above)


def _is_reconnect_method(function: Function) -> bool:
    return bool(_RECONNECTS.search(snake(function.name))) and not any(
        isinstance(node, ast.While) for node in function.nodes
    )


def _judge_method(context: Context, function: Function) -> None:
    doings = _Doings()
    _collect(function, function.nodes, doings, {function}, 0)
    if not doings.connects or not _is_socket_room(function, doings):
        return
    is_callback = bool(re.search(r"on_(disconnect|close|error)", snake(function.name)))
    waits = (
        [call for call, where in doings.sleeps if not is_constant(call.args[0], 0)]
        if all(call.args for call, _ in doings.sleeps)
        else doings.sleeps
    )
    if is_callback and not waits:
        context.report(
            "T11", function.module, doings.connects[0], "reconnects at once after a drop"
        )
    region = next(
        (n for n in doings.connects if any(n is own for own in function.nodes)), function.node
    )
    if not doings.subscribes and not doings.url_topics and _knows_topics(function, function.home):
        context.report("T13", function.module, region, "connects again and subscribes to nothing")
    if not doings.reconciles and _is_private_feed(function, function.home, doings):
        context.report(
            "T14", function.module, region, "connects again and never asks what happened meanwhile"
        )
