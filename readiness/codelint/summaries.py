"""One summary per function, bottom-up over the call graph to a fix-point.

A summary says what calling the function may do, each with the chain of call sites that shows it:
block the loop, start a loop of its own, wait for the network, take locks, place orders, and which
attributes of its own object it reads and writes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from readiness.codelint.callsites import strongly_connected
from readiness.codelint.knowledge.blocking import blocking_rule
from readiness.codelint.knowledge.trading import exchange_call, order_call
from readiness.codelint.locks import Lock, find_lock
from readiness.codelint.program import CallSite, Function, Program, Reach
from readiness.codelint.resolve import Resolver
from readiness.codelint.syntax import dotted, is_constant, last_name, snake

__all__ = ["Chain", "Summary", "direct_block", "is_network", "reached", "summarise"]

Chain = tuple[CallSite | Reach, ...]
_CURSOR = re.compile(r"(^|[._])(cursor|cur)$")
_DB_NAMES = frozenset({"execute", "executemany", "fetchall", "fetchone", "fetch_all", "fetch_one"})
_DB_ATTRIBUTE = re.compile(r"\.(db|database)$")
_CONNECTION = re.compile(r"(^|[._])(conn|connection|cursor|cur)$")
_MODEL = re.compile(
    r"(^|[._])(model|clf|classifier|regressor|booster|estimator|lgbm?|xgb|ensemble|scaler)"
    r"(_\w+)?(\[[^]]*\])?$"
)
_HTTP_VERBS = frozenset({"get", "post", "put", "delete", "patch", "request", "head"})
_OPENERS = frozenset({"asyncio.open_connection", "asyncio.create_connection", "websockets.connect"})
_SOCKET_VERBS = frozenset({"send", "recv", "receive", "send_json", "receive_json", "send_str"})
_SOCKETS = re.compile(r"(^|[._])(ws|websocket|web_socket|socket)$")
_DB_VERBS = frozenset({"execute", "fetch", "fetchrow", "fetchval", "executemany", "fetch_all"})
_POOLS = re.compile(r"(^|[._])(pool|conn|connection|database|db)$")
_REMOTE = re.compile(
    r"(^|[._])(exchanges?|rest|api|client|http|broker|gateway|bybit|binance|okx|ccxt)$"
)
_LOCAL_VERBS = frozenset(
    {"close", "aclose", "wait_closed", "drain", "join", "wait", "start", "stop"}
)
_HTTP_CLIENT = re.compile(r"(^|[._])_?(session|http|http_client|client_session|rest|aiohttp)$")
_WRAPPERS = frozenset({"wait_for", "shield", "gather"})
_NETWORK = re.compile(
    r"^(aiohttp\.|httpx\.Async|websockets\.|ccxt\.(async_support|pro)|picows\.|asyncio\.open_"
    r"connection|binance\.Async|pybit\.|asyncpg\.|aiomysql\.|aiopg\.|redis\.asyncio|aioredis\.|"
    r"motor\.|psycopg\.Async|asyncio\.Stream(Reader|Writer)\.)"
)
_LIFE = re.compile(r"\.(close|closed|aclose|ClientTimeout|TCPConnector|json|text|read|Timeout)$")


@dataclass(slots=True)
class Summary:
    """What a call of the function may do; chains run from the function towards the cause."""

    blocks: tuple[str, Chain] | None = None
    enters: tuple[str, Chain] | None = None  # What a decorator does before the coroutine exists.
    loop: tuple[str, Chain] | None = None
    network: Chain | None = None
    order: Chain | None = None
    suspends: bool = False
    locks: dict[Lock, Chain] = field(default_factory=dict)
    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)


def summarise(program: Program, resolver: Resolver) -> dict[Function, Summary]:
    """The summary of every function of the program."""
    summaries = {function: Summary() for function in program.functions()}
    for component in strongly_connected(program):
        for function in component:
            _direct(function, summaries[function], resolver)
        is_cycle = len(component) > 1 or any(
            site.target is component[0] for site in component[0].calls
        )
        for _ in range(len(component) + 1 if is_cycle else 1):
            changed = False
            for function in component:
                changed |= _through_calls(function, summaries)
            if not changed:
                break
    return summaries


def _direct(function: Function, summary: Summary, resolver: Resolver) -> None:
    for site in function.calls:
        rule = direct_block(site)
        if rule and summary.blocks is None and not _is_deferred(site):
            summary.blocks = (rule, (site,))
        loop_rule = loop_start(site)
        if loop_rule and summary.loop is None:
            summary.loop = (loop_rule, (site,))
        if summary.network is None and is_network(site):
            summary.network = (site,)
        if summary.order is None and order_call(site) is not None:
            summary.order = (site,)
        if site.name == "acquire" and isinstance(site.node.func, ast.Attribute):
            lock = find_lock(site.node.func.value, function, resolver)
            if lock is not None and not lock.is_keyed:
                summary.locks.setdefault(lock, ())
    for node in function.nodes:
        _direct_node(node, function, summary, resolver)
    for decorator in function.decorators:
        for lock in decorator_locks(decorator, function, resolver):
            summary.locks.setdefault(lock, ())


def decorator_locks(decorator: ast.expr, function: Function, resolver: Resolver) -> list[Lock]:
    """Locks of the decorated object that the decorator's wrapper holds around the call."""
    ref = resolver.expression(decorator, function.parent or function)
    maker = ref.function if ref is not None else None
    if maker is None or function.owner is None:
        return []
    found: list[Lock] = []
    for inner in maker.inner:
        first = next((p.arg for p in inner.parameters()), "")
        for node in inner.nodes:
            for item in node.items if isinstance(node, (ast.With, ast.AsyncWith)) else ():
                expression = item.context_expr
                if isinstance(expression, ast.Attribute) and dotted(expression.value) == first:
                    found += _lock_of_self(expression.attr, function, resolver)
    return found


def _lock_of_self(name: str, function: Function, resolver: Resolver) -> list[Lock]:
    node = ast.parse(f"self.{name}", mode="eval").body
    lock = find_lock(node, function, resolver)
    return [lock] if lock is not None else []


def _direct_node(node: ast.AST, function: Function, summary: Summary, resolver: Resolver) -> None:
    if isinstance(node, ast.Await):
        site = function.by_call.get(node.value) if isinstance(node.value, ast.Call) else None
        known = site is not None and site.target is not None and site.target.is_async
        summary.suspends |= not known or (site is not None and _is_declared(site.target))
    elif isinstance(node, (ast.AsyncFor, ast.AsyncWith)):
        summary.suspends = True
    if isinstance(node, (ast.With, ast.AsyncWith)):
        for item in node.items:
            lock = find_lock(item.context_expr, function, resolver)
            if lock is not None and not lock.is_keyed:
                summary.locks.setdefault(lock, ())
    elif (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    ):
        if isinstance(node.ctx, ast.Load):
            summary.reads.add(node.attr)
        else:
            summary.writes.add(node.attr)


def _is_declared(function: Function | None) -> bool:
    if function is None:
        return True
    statements = [
        s
        for s in function.body
        if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
    ]
    return all(isinstance(s, (ast.Pass, ast.Raise)) for s in statements)


def _through_calls(function: Function, summaries: dict[Function, Summary]) -> bool:
    summary = summaries[function]
    changed = False
    for site in function.calls:
        if site.target is None:
            continue
        for target in reached(site):
            changed |= _absorb(summary, summaries[target], site, target)
    for reach in function.reaches:
        inner = summaries[reach.target]
        if reach.target.is_async or reach.target is function:
            continue
        if function.is_async and reach.node in function.decorators:
            if summary.enters is None and inner.blocks is not None:
                summary.enters = (inner.blocks[0], (reach, *inner.blocks[1]))
                changed = True
        elif summary.blocks is None and inner.blocks is not None:
            summary.blocks = (inner.blocks[0], (reach, *inner.blocks[1]))
            changed = True
    return changed


def reached(site: CallSite) -> Iterable[Function]:
    """The functions that a call may run: the target, or what stands for a declared one."""
    target = site.target
    if target is None:
        return
    yield target
    if target.owner is not None and _is_declared(target):
        known = list(target.owner.descendants())
        for child in known:
            if target.name in child.methods:
                yield child.methods[target.name]
        if not known and any("Protocol" in base for base in target.owner.outer_bases):
            yield from _structural(target)


def _structural(target: Function) -> Iterable[Function]:
    """Methods of classes of the same module tree that have all methods of a protocol."""
    owner = target.owner
    if owner is None:
        return
    for module in target.module.siblings:
        for candidate in module.classes:
            if candidate is not owner and set(owner.methods) <= set(candidate.methods):
                yield candidate.methods[target.name]


def _absorb(summary: Summary, inner: Summary, site: CallSite, target: Function) -> bool:
    changed = False
    if not target.is_async and not site.is_awaited and not _is_deferred(site):
        if summary.blocks is None and inner.blocks is not None:
            summary.blocks = (inner.blocks[0], (site, *inner.blocks[1]))
            changed = True
        if summary.loop is None and inner.loop is not None:
            summary.loop = (inner.loop[0], (site, *inner.loop[1]))
            changed = True
    for name in ("network", "order"):
        found = getattr(inner, name)
        if getattr(summary, name) is None and found is not None and len(found) < 12:
            setattr(summary, name, (site, *found))
            changed = True
    if inner.suspends and site.is_awaited and not summary.suspends:
        summary.suspends = changed = True
    for lock, chain in inner.locks.items():
        if lock not in summary.locks and len(chain) < 8:
            summary.locks[lock] = (site, *chain)
            changed = True
    if site.receiver == "self" and (
        not inner.writes <= summary.writes or not inner.reads <= summary.reads
    ):
        summary.writes |= inner.writes
        summary.reads |= inner.reads
        changed = True
    return changed


def _is_deferred(site: CallSite) -> bool:
    """A call whose work is handed elsewhere: `partial(...)` and calls in other threads."""
    parent = site.function.module.parents.get(site.node)
    return isinstance(parent, ast.Call) and last_name(parent.func) in {"partial", "delayed"}


def direct_block(site: CallSite) -> str:
    """The rule that the call itself breaks when a coroutine makes it, or ""."""
    if site.is_awaited or _in_async_header(site):
        return ""
    if site.external:
        return "" if _declines_to_wait(site) else blocking_rule(site.external)
    if site.target is not None or site.constructs is not None:
        return ""
    name = site.name
    if name in {"predict", "predict_proba"} and _MODEL.search(snake(site.receiver)):
        return "" if _is_spawned(site) else "D16"
    if _is_expected_awaitable(site):
        return ""
    if name in {"execute", "executemany", "fetchone", "fetchall"} and _CURSOR.search(site.receiver):
        return "D09"
    if name in {"execute", "executemany", "commit"} and _CONNECTION.search(site.receiver):
        return "D09"
    if name in _DB_NAMES and _DB_ATTRIBUTE.search(site.receiver):
        return "D10"
    return ""


def _declines_to_wait(site: CallSite) -> bool:
    """`queue.get(block=False)`, `event.wait(0)`: asks without waiting."""
    if site.name not in {"get", "wait", "join", "acquire"}:
        return False
    values = [*site.node.args, *(k.value for k in site.node.keywords)]
    return any(is_constant(value, False, 0, 0.0) for value in values)


def _is_expected_awaitable(site: CallSite) -> bool:
    """The result is passed on or kept, so it may be awaited there."""
    parent = site.function.module.parents.get(site.node)
    return isinstance(parent, (ast.Starred, ast.Return)) or _is_spawned(site)


def _is_spawned(site: CallSite) -> bool:
    parent = site.function.module.parents.get(site.node)
    return isinstance(parent, ast.Call) and last_name(parent.func) in {
        "create_task",
        "gather",
        "wait_for",
        "shield",
    }


def _in_async_header(site: CallSite) -> bool:
    parent = site.function.module.parents.get(site.node)
    if isinstance(parent, ast.withitem):
        return isinstance(site.function.module.parents.get(parent), ast.AsyncWith)
    return isinstance(parent, ast.AsyncFor) and parent.iter is site.node


def loop_start(site: CallSite) -> str:
    """D35 or D36 when the call starts an event loop, else ""."""
    if site.external in {"asyncio.run", "asyncio.runners.run", "anyio.run", "uvloop.run"}:
        return "D35"
    if site.external == "asyncio.Runner.run":
        return "D35"
    if site.name == "run_until_complete" and site.target is None:
        return "D36"
    return ""


def is_network(site: CallSite) -> bool:
    """Whether the call itself asks the network: HTTP, WebSocket, or an exchange."""
    if site.external and _NETWORK.search(site.external):
        return not _LIFE.search(site.external) and not site.name[:1].isupper()
    if site.target is not None:
        return False
    is_waited = site.is_awaited or _is_wrapped(site)
    is_socket = site.name in _SOCKET_VERBS and _SOCKETS.search(snake(site.receiver))
    if is_socket or (site.name in _DB_VERBS and _POOLS.search(snake(site.receiver))):
        return is_waited
    if site.name in _HTTP_VERBS and _HTTP_CLIENT.search(snake(site.receiver)):
        return is_waited or _in_async_header(site)
    if _REMOTE.search(snake(site.receiver)) and site.name not in _LOCAL_VERBS:
        return is_waited
    return bool(exchange_call(site)) and (is_waited or _in_async_header(site))


def _is_wrapped(site: CallSite) -> bool:
    """Awaited inside `wait_for`, `shield` or `gather`."""
    parent = site.function.module.parents.get(site.node)
    if not isinstance(parent, ast.Call) or last_name(parent.func) not in _WRAPPERS:
        return False
    return isinstance(site.function.module.parents.get(parent), ast.Await)
