"""D33 and T10: exchange calls, clients, pools and queries without a deadline."""

from __future__ import annotations

import ast
import re

from readiness.codelint.annotations import ASYNC_CALLABLE
from readiness.codelint.context import Context
from readiness.codelint.knowledge.trading import exchange_call
from readiness.codelint.program import Binding, CallSite, Function
from readiness.codelint.syntax import (
    argument,
    dict_entries,
    is_constant,
    last_name,
    mentions,
    names_in,
    snake,
)
from readiness.codelint.time_limits import deadline_around, decorator_sets_limit

__all__ = ["check"]

_TIMEOUT = re.compile(r"timeout|deadline|^limit_s$")
# Clients that bound every request by themselves unless told otherwise.
_BOUNDED = ("ccxt.", "httpx.", "pybit.", "binance.")
_NEEDS: dict[str, tuple[str, ...]] = {
    "aiohttp.ClientSession": ("timeout", "read_timeout"),
    "asyncpg.create_pool": ("command_timeout", "timeout"),
    "asyncpg.connect": ("command_timeout", "timeout"),
    "psycopg2.connect": ("connect_timeout",),
    "asyncpg.Pool": ("command_timeout", "timeout"),
    "aiomysql.create_pool": ("connect_timeout",),
    "aiomysql.connect": ("connect_timeout",),
    "aioredis.from_url": ("socket_timeout",),
    "redis.StrictRedis": ("socket_timeout",),
    "redis.Redis.from_url": ("socket_timeout",),
    "redis.asyncio.Redis.from_url": ("socket_timeout",),
    "pymongo.MongoClient": ("timeoutMS", "serverSelectionTimeoutMS", "socketTimeoutMS"),
    "psycopg.AsyncConnection.connect": ("connect_timeout",),
    "psycopg_pool.AsyncConnectionPool": ("timeout",),
    "http.client.HTTPSConnection": ("timeout",),
    "http.client.HTTPConnection": ("timeout",),
    "websocket.create_connection": ("timeout",),
    "psycopg.connect": ("connect_timeout",),
    "pymysql.connect": ("connect_timeout", "read_timeout"),
    "redis.Redis": ("socket_timeout",),
    "redis.from_url": ("socket_timeout",),
    "redis.asyncio.Redis": ("socket_timeout",),
    "redis.asyncio.from_url": ("socket_timeout",),
    "sqlalchemy.create_engine": ("connect_args", "pool_timeout"),
    "sqlalchemy.ext.asyncio.create_async_engine": ("connect_args", "pool_timeout"),
    "urllib.request.urlopen": ("timeout",),
    "smtplib.SMTP": ("timeout",),
    "smtplib.SMTP_SSL": ("timeout",),
    "socket.create_connection": ("timeout",),
}
_OPENS = frozenset({"asyncio.open_connection", "picows.ws_connect"})
_CONNECTS = re.compile(r"(^|_)(connect|connect_to|open_connection|ws_connect|dial)$")
_PLACE = re.compile(r"(^|_)(url|uri|host|endpoint|address)(_|$)")
_POSITION = {"urllib.request.urlopen": 2, "socket.create_connection": 1}
_SESSION_VERBS = frozenset({"get", "post", "put", "delete", "patch", "request", "ws_connect"})
_REQUESTS = frozenset(
    f"requests.{owner}{verb}"
    for owner in ("", "Session.", "session().", "sessions.Session.", "api.")
    for verb in ("get", "post", "put", "delete", "patch", "head", "options", "request")
)


def check(context: Context) -> None:
    """Report calls that may wait for ever."""
    covered: dict[Function, bool] = {}
    for site in context.call_sites():
        _client(context, site)
        if _opens_socket(context, site) and not _waits_bounded(context, site, covered):
            what = f"{ast.unparse(site.node.func)} may wait for its connection for ever"
            context.report("T10", site.function.module, site.node, what)
        if (
            site.function.is_async
            and exchange_call(site)
            and not _is_bounded(context, site, covered)
        ):
            context.report(
                "D33",
                site.function.module,
                site.node,
                f"{ast.unparse(site.node.func)} waits for the exchange for ever",
            )


def _opens_socket(context: Context, site: CallSite) -> bool:
    """A coroutine opens a connection by what has no deadline of its own."""
    if not site.function.is_async or _has_timeout(site.node):
        return False
    if context.program.references.get(site.function):
        return False  # It is handed on: the deadline is that of whoever calls it.
    if site.external in _OPENS:
        return True
    if site.external.startswith("websockets.") and site.name == "connect":
        return is_constant(argument(site.node, "open_timeout"), None) and bool(
            argument(site.node, "open_timeout")
        )
    is_handed = site.external == ASYNC_CALLABLE and _CONNECTS.search(snake(site.name))
    return bool(is_handed) and any(mentions(value, _PLACE) for value in site.node.args)


def _waits_bounded(context: Context, site: CallSite, covered: dict[Function, bool]) -> bool:
    return (
        deadline_around(site.node, site.function, context.resolver)
        or decorator_sets_limit(site.function, context.resolver)
        or not _runs_here(site)
        or _is_waited_later(site)
        or _callers_bound(context, site.function, covered)
    )


def _has_timeout(call: ast.Call) -> bool:
    return any(
        keyword.arg is None
        or (_TIMEOUT.search(snake(keyword.arg)) and not is_constant(keyword.value, None))
        for keyword in call.keywords
    )


def _client(context: Context, site: CallSite) -> None:
    name = site.external
    options = {k: v for value in site.node.args[:1] for k, v in dict_entries(value)}
    if name.startswith("ccxt.") and is_constant(options.get("timeout"), 0, None):
        if "timeout" in options:
            context.report("D33", site.function.module, site.node, f"{name} never gives up")
        return
    needed = _NEEDS.get(name)
    if needed is not None:
        given = {k.arg for k in site.node.keywords if not is_constant(k.value, None)}
        position = _POSITION.get(name)
        is_given = position is not None and len(site.node.args) > position
        if name == "aiohttp.ClientSession":
            _session(context, site)
            return
        if None in given or given & set(needed) or is_given or _dsn_has_timeout(site.node):
            return
        _report_client(context, site, needed[0])
    elif (name in _REQUESTS and not _has_timeout(site.node) and not _is_adapted(context, site)) or (
        name in {"httpx.AsyncClient", "httpx.Client"}
        and is_constant(argument(site.node, "timeout"), None)
        and argument(site.node, "timeout")
    ):
        _report_client(context, site, "timeout")


def _is_adapted(context: Context, site: CallSite) -> bool:
    """The session was given an adapter of the tree that sets the timeout of each request.

    It is mounted in this function, on this attribute by any method, or where the session is made.
    """
    func = site.node.func
    if not isinstance(func, ast.Attribute):
        return False
    owner = site.function.home
    own = owner.methods.values() if owner and site.receiver.startswith("self.") else ()
    mounts = [
        mount
        for function in (site.function, *own)
        for mount in function.calls
        if mount.name == "mount" and mount.receiver == site.receiver
    ]
    for binding in _bindings(func.value, site.function):
        call = binding.expression
        made = binding.scope.by_call.get(call) if isinstance(call, ast.Call) else None
        if made is not None and made.target is not None:
            mounts += [mount for mount in made.target.calls if mount.name == "mount"]
    return any(_sets_timeout(context, mount) for mount in mounts)


def _sets_timeout(context: Context, mount: CallSite) -> bool:
    """The mounted adapter is of a class whose `send` stores or hands on a timeout."""
    adapter = mount.node.args[-1] if mount.node.args else None
    ref = context.resolver.expression(adapter, mount.function) if adapter is not None else None
    send = ref.found.method("send") if ref is not None and ref.found is not None else None
    return send is not None and any(
        (isinstance(node, ast.keyword) and node.arg == "timeout")
        or (
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Store)
            and is_constant(node.slice, "timeout")
        )
        for statement in send.body
        for node in ast.walk(statement)
    )


def _session(context: Context, site: CallSite) -> None:
    """A session without a total timeout, unless each of its requests states its own."""
    given = {keyword.arg for keyword in site.node.keywords}
    timeout = argument(site.node, "timeout", "read_timeout")
    if None in given or (timeout is not None and not _is_unlimited(timeout, site.function)):
        return
    parent = site.function.module.parents.get(site.node)
    target = parent.targets[0] if isinstance(parent, ast.Assign) else None
    name = last_name(target)
    requests = [
        call
        for function in site.function.module.functions
        for call in function.calls
        if name and call.receiver.rpartition(".")[2] == name and call.name in _SESSION_VERBS
    ]
    bounded = [
        _has_timeout(call.node) or deadline_around(call.node, call.function, context.resolver)
        for call in requests
    ]
    if not requests or not all(bounded):
        _report_client(context, site, "timeout")


def _report_client(context: Context, site: CallSite, needed: str) -> None:
    if not deadline_around(site.node, site.function, context.resolver) or site.external in {
        "aiohttp.ClientSession"
    }:
        context.report(
            "T10", site.function.module, site.node, f"{site.external} is used without {needed}"
        )


def _dsn_has_timeout(call: ast.Call) -> bool:
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and ("timeout" in node.value or node.value.startswith("sqlite"))
        for value in call.args
        for node in ast.walk(value)
    )


def _is_bounded(context: Context, site: CallSite, covered: dict[Function, bool]) -> bool:
    if _has_timeout(site.node) or deadline_around(site.node, site.function, context.resolver):
        return True
    if any(_TIMEOUT.search(snake(ast.unparse(d))) for d in site.function.decorators):
        return True
    if decorator_sets_limit(site.function, context.resolver):
        return True
    if _is_judged_inside(context, site) or _client_is_bounded(context, site):
        return True
    if not _runs_here(site) or _is_waited_later(site):
        return True
    return _callers_bound(context, site.function, covered)


def _is_judged_inside(context: Context, site: CallSite) -> bool:
    """The target is code of the tree: its own network call is judged, not this one."""
    target = site.target
    if target is None or site.is_guess:
        return not site.external and _is_made_here(context, site.name)
    if target.owner is not None and any(
        target.name in child.methods for child in target.owner.descendants()
    ):
        return True
    if target.owner is not None and any("Protocol" in b for b in target.owner.outer_bases):
        return any(
            other.calls for other in context.program.methods.get(target.name, []) if other.is_async
        )
    return bool(target.calls) or not target.is_async


def _is_made_here(context: Context, name: str) -> bool:
    """An asynchronous method of that name does the asking, in a class of the tree."""
    return any(
        method.is_async and method.calls and not method.module.is_test
        for method in context.program.methods.get(name, ())
    )


def _client_is_bounded(context: Context, site: CallSite) -> bool:
    if site.external.startswith(_BOUNDED):
        return True
    func = site.node.func
    if not isinstance(func, ast.Attribute):
        return False
    for binding in _bindings(func.value, site.function):
        if (
            isinstance(binding.expression, ast.Call)
            and _has_timeout(binding.expression)
            and last_name(binding.expression.func) != "ClientSession"
        ):
            return True
    if context.outside(func.value, site.function) == "aiohttp.ClientSession":
        made = [
            b for b in _bindings(func.value, site.function) if isinstance(b.expression, ast.Call)
        ]
        return any(_session_is_bounded(binding) for binding in made)
    return False


def _bindings(node: ast.expr, function: Function) -> list[Binding]:
    if isinstance(node, ast.Name):
        scope: Function | None = function
        while scope is not None:
            if node.id in scope.bindings:
                return scope.bindings[node.id]
            scope = scope.parent
    owner = function.home
    if isinstance(node, ast.Attribute) and owner is not None:
        return owner.attributes.get(node.attr, [])
    return []


def _session_is_bounded(binding: Binding) -> bool:
    """Whether the session was made with a deadline, or without one where that is reported."""
    call = binding.expression
    if not isinstance(call, ast.Call):
        return False
    timeout = argument(call, "timeout", "read_timeout")
    if timeout is None:
        return last_name(call.func) == "ClientSession"
    return not _is_unlimited(timeout, binding.scope)


def _is_unlimited(timeout: ast.expr, function: Function) -> bool:
    if isinstance(timeout, (ast.Name, ast.Attribute)):
        made = [b for b in _bindings(timeout, function) if b.expression is not None]
        return any(
            b.expression is not timeout
            and not isinstance(b.expression, (ast.Name, ast.Attribute))
            and b.expression is not None
            and _is_unlimited(b.expression, b.scope)
            for b in made
        )
    if isinstance(timeout, ast.Call) and last_name(timeout.func) == "ClientTimeout":
        total = argument(timeout, "total", position=0)
        return total is not None and is_constant(total, None)
    return is_constant(timeout, None)


def _runs_here(site: CallSite) -> bool:
    """Awaited here, or entered as a context, and not handed to a task or returned to a caller."""
    module = site.function.module
    parent = module.parents.get(site.node)
    if isinstance(parent, (ast.Await, ast.withitem)):
        return True
    if isinstance(parent, ast.Call):
        if last_name(parent.func) in {"create_task", "ensure_future"}:
            return not any(call.name in {"wait", "wait_for"} for call in site.function.calls)
        return last_name(parent.func) in {"gather", "shield", "as_completed"}
    return isinstance(parent, (ast.ListComp, ast.GeneratorExp, ast.Starred))


def _is_waited_later(site: CallSite) -> bool:
    statement = site.function.module.statement(site.node)
    if not isinstance(statement, ast.Assign):
        return False
    names = {n for t in statement.targets for n in names_in(t)}
    return any(
        call.name in {"wait_for", "wait"} and names & names_in(call.node)
        for call in site.function.calls
    )


def _callers_bound(context: Context, function: Function, covered: dict[Function, bool]) -> bool:
    """Whether every caller waits with a deadline."""
    if function not in covered:
        covered[function] = False
        sites = [
            s
            for s in context.program.callers.get(function, [])
            if not s.function.module.is_test and s.function is not function
        ]
        handed = context.program.references.get(function, [])
        covered[function] = (
            bool(sites or handed)
            and all(
                deadline_around(s.node, s.function, context.resolver)
                or _callers_bound(context, s.function, covered)
                for s in sites
            )
            and all(deadline_around(node, where, context.resolver) for where, node in handed)
        )
    return covered[function]
