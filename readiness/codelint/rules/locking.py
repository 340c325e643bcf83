"""D29 to D32: locks that wait for each other, for themselves, or for the network."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context, Step
from readiness.codelint.locks import Lock, find_lock, locks_around
from readiness.codelint.program import CallSite, Function
from readiness.codelint.summaries import Chain, Summary, decorator_locks, is_network
from readiness.codelint.syntax import last_name, snake, walk_same_scope

__all__ = ["check"]

_SERIAL = re.compile(r"(send|write|writer|token|auth)_?(lock|mutex)")
_HOLDERS = frozenset({"__aenter__", "__enter__", "acquire", "lock", "try_acquire"})

_Edge = tuple[str, str]


def check(context: Context, summaries: dict[Function, Summary]) -> None:
    """Report lock cycles, re-entrance, leaks, and network under locks."""
    edges: dict[_Edge, list[tuple[Function, ast.AST, Chain]]] = {}
    for function in context.functions():
        _nested(context, function, edges)
        for site in function.calls:
            _called_under_lock(context, site, summaries, edges)
            if site.name == "acquire":
                _acquired(context, site, edges)
    _cycles(context, edges)


def _nested(
    context: Context,
    function: Function,
    edges: dict[_Edge, list[tuple[Function, ast.AST, Chain]]],
) -> None:
    for node in function.nodes:
        if not isinstance(node, (ast.With, ast.AsyncWith)):
            continue
        _same_header(context, function, node)
        outer = [lock for lock, _ in locks_around(node, function, context.resolver)]
        for item in node.items:
            lock = find_lock(item.context_expr, function, context.resolver)
            if lock is None:
                continue
            for held in outer:
                if held.key == lock.key:
                    _same_lock(context, function, item.context_expr, held, lock)
                elif not _is_pool(held, lock):
                    edges.setdefault((held.key, lock.key), []).append((function, node, ()))
            outer.append(lock)


def _is_pool(*locks: Lock) -> bool:
    return any(lock.kind == "semaphore" for lock in locks)


def _same_lock(context: Context, function: Function, node: ast.AST, held: Lock, lock: Lock) -> None:
    if lock.is_reentrant:
        return
    if held.text == lock.text:
        context.report("D30", function.module, node, f"{lock.text} is taken while it is held")
    elif held.is_keyed and lock.is_keyed and not _sorted_before(function, node):
        context.report(
            "D29",
            function.module,
            node,
            f"{held.text} and {lock.text} are taken in the order of the arguments",
        )


def _same_header(context: Context, function: Function, node: ast.With | ast.AsyncWith) -> None:
    """`async with self.lock, session.get(url) as reply`."""
    lock: Lock | None = None
    for item in node.items:
        call = item.context_expr
        site = function.by_call.get(call) if isinstance(call, ast.Call) else None
        if lock is not None and site is not None and is_network(site):
            context.report(
                "D32",
                function.module,
                call,
                f"{ast.unparse(call)} waits for the network under {lock.text}",
            )
        found = find_lock(call, function, context.resolver)
        lock = found if found is not None and found.kind != "semaphore" else lock


def _sorted_before(function: Function, node: ast.AST) -> bool:
    line = getattr(node, "lineno", 0)
    return any(
        site.name in {"sorted", "sort", "min", "max"} and site.node.lineno <= line
        for site in function.calls
    )


def _called_under_lock(
    context: Context,
    site: CallSite,
    summaries: dict[Function, Summary],
    edges: dict[_Edge, list[tuple[Function, ast.AST, Chain]]],
) -> None:
    held = locks_around(site.node, site.function, context.resolver)
    for decorator in site.function.decorators:
        for lock in decorator_locks(decorator, site.function, context.resolver):
            held.append((lock, site.function.node))
    if not held:
        return
    if site.target is not None and not site.is_guess:
        summary = summaries[site.target]
        for lock, chain in summary.locks.items():
            for outer, _ in held:
                if outer.key == lock.key and not outer.is_keyed:
                    _reentered(context, site, lock, chain)
                elif outer.key != lock.key and not _is_pool(outer, lock):
                    edges.setdefault((outer.key, lock.key), []).append(
                        (site.function, site.node, (site, *chain))
                    )
    _network_under(context, site, held, summaries)


def _reentered(context: Context, site: CallSite, lock: Lock, chain: Chain) -> None:
    is_own = site.receiver in {"self", "cls", "", "super"} or ":" in lock.key
    is_own |= bool(site.node.args) and last_name(site.node.args[0]) == "self"
    if lock.is_reentrant or not is_own or not _runs_here(site) or not _is_one_object(site, chain):
        return
    steps = [(s.function.module, s.node, s.name) for s in (site, *chain)]
    path = " -> ".join([site.function.name, site.name, *(s.name for s in chain)])
    context.report(
        "D30",
        site.function.module,
        site.node,
        f"{lock.text} is taken again while it is held: {path}",
        chain=steps,
    )


def _is_one_object(site: CallSite, chain: Chain) -> bool:
    """Calls on self stay in the family of the class that holds the lock, as far as is known."""
    holder = site.function.owner
    for step, then in zip((site, *chain), chain, strict=False):
        owner = then.function.owner
        is_own = isinstance(step, CallSite) and step.receiver in {"self", "super"}
        if not is_own or holder is None or owner is None:
            return True
        if owner not in [*holder.lineage(), *holder.descendants()]:
            return False
    return True


def _runs_here(site: CallSite) -> bool:
    """Awaited or synchronous: not handed to a task of its own."""
    if site.is_awaited or (site.target is not None and not site.target.is_async):
        return True
    parent = site.function.module.parents.get(site.node)
    while isinstance(parent, (ast.Starred, ast.GeneratorExp, ast.ListComp)):
        parent = site.function.module.parents.get(parent)
    waits = {"wait_for", "shield", "gather"}
    return isinstance(parent, ast.Call) and last_name(parent.func) in waits


def _network_under(
    context: Context,
    site: CallSite,
    held: list[tuple[Lock, ast.AST]],
    summaries: dict[Function, Summary],
) -> None:
    if not site.function.is_async:
        return
    lock, holder = held[0]
    if lock.kind == "semaphore" or isinstance(holder, ast.With):
        return
    if _SERIAL.search(snake(lock.text)):
        return
    chain: Chain = ()
    if not is_network(site):
        if site.target is None or not _runs_here(site) or not site.target.is_async:
            return
        found = summaries[site.target].network
        if found is None:
            return
        chain = found
    steps: list[Step] = [(s.function.module, s.node, s.name) for s in (site, *chain)]
    end = (site, *chain)[-1]
    context.report(
        "D32",
        site.function.module,
        site.node,
        f"{end.text} waits for the network under {lock.text}",
        chain=steps,
    )


def _acquired(
    context: Context,
    site: CallSite,
    edges: dict[_Edge, list[tuple[Function, ast.AST, Chain]]],
) -> None:
    func = site.node.func
    if not isinstance(func, ast.Attribute) or site.function.name in _HOLDERS:
        return
    lock = find_lock(func.value, site.function, context.resolver)
    module = site.function.module
    if lock is not None:
        _taken_by_hand(context, site, lock, edges)
    if lock is None or isinstance(module.parents.get(site.node), (ast.withitem, ast.Return)):
        return
    if _in_with_header(module.parents.get(module.parents.get(site.node, site.node))):
        return
    statement = module.statement(site.node)
    if not _released_on_every_path(site, statement, lock.text):
        context.report("D31", module, site.node, f"{lock.text} stays taken when an error is raised")


def _taken_by_hand(
    context: Context,
    site: CallSite,
    lock: Lock,
    edges: dict[_Edge, list[tuple[Function, ast.AST, Chain]]],
) -> None:
    """An `acquire()` while other locks are held."""
    for held, _ in locks_around(site.node, site.function, context.resolver):
        if held.key == lock.key:
            _same_lock(context, site.function, site.node, held, lock)
        elif not _is_pool(held, lock):
            edges.setdefault((held.key, lock.key), []).append((site.function, site.node, ()))


def _in_with_header(node: ast.AST | None) -> bool:
    return isinstance(node, ast.withitem)


def _released_elsewhere(site: CallSite, text: str) -> bool:
    """Released by another function, or handed on as a callback: held across calls on purpose."""
    own = any(
        other.name == "release" and other.receiver == site.receiver for other in site.function.calls
    )
    if own or _helpers(site, text):
        return False
    called = {id(other.node.func) for other in site.function.calls}
    for function in site.function.module.functions:
        for node in function.nodes:
            if (
                isinstance(node, ast.Attribute)
                and node.attr == "release"
                and ast.unparse(node.value) == text
                and id(node) not in called
            ):
                return True
    return False


def _helpers(site: CallSite, text: str) -> frozenset[str]:
    """Methods of the same object that the function calls, and that release the lock."""
    return frozenset(
        ast.unparse(other.node.func)
        for other in site.function.calls
        if other.receiver == "self"
        and other.target is not None
        and _releases(other.target.body, text)
    )


def _released_on_every_path(site: CallSite, statement: ast.stmt, text: str) -> bool:
    module = site.function.module
    texts = frozenset({f"{text}.release", *_helpers(site, text)})
    if _released_elsewhere(site, text):
        return True
    if isinstance(statement, (ast.If, ast.While)):
        return True
    current: ast.AST = statement
    for ancestor in module.ancestors(statement):
        if (
            isinstance(ancestor, (ast.Try, ast.TryStar))
            and current in ancestor.body
            and _calls(ancestor.finalbody, texts)
        ):
            return True
        body = _block_of(ancestor, current)
        after = [s for s in body if s.lineno > getattr(current, "lineno", 0)]
        for later in after:
            if isinstance(later, (ast.Try, ast.TryStar)):
                return _calls(later.finalbody, texts) or _covers(later, after, texts)
            if _calls([later], texts):
                return True
            if _may_raise(later):
                return False
        current = ancestor
    return False


def _covers(node: ast.Try | ast.TryStar, after: list[ast.stmt], texts: frozenset[str]) -> bool:
    """Released in `except BaseException` and again where nothing was raised."""
    widest = [h for h in node.handlers if h.type is None or last_name(h.type) == "BaseException"]
    on_error = any(_calls(handler.body, texts) for handler in widest)
    rest = [*node.orelse, *node.body, *(s for s in after if s.lineno > node.lineno)]
    return on_error and _calls(rest, texts)


def _block_of(ancestor: ast.AST, child: ast.AST) -> list[ast.stmt]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(ancestor, name, None)
        if isinstance(block, list) and child in block:
            return block
    return []


def _releases(statements: list[ast.stmt], text: str) -> bool:
    return _calls(statements, frozenset({f"{text}.release"}))


def _calls(statements: list[ast.stmt], texts: frozenset[str]) -> bool:
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func) in texts
        for statement in statements
        for node in walk_same_scope(statement)
    )


def _may_raise(statement: ast.stmt) -> bool:
    return any(
        isinstance(node, (ast.Call, ast.Await, ast.Return, ast.Raise, ast.Subscript))
        for node in walk_same_scope(statement)
    )


def _cycles(context: Context, edges: dict[_Edge, list[tuple[Function, ast.AST, Chain]]]) -> None:
    after: dict[str, set[str]] = {}
    for first, second in edges:
        after.setdefault(first, set()).add(second)
    for (first, second), places in edges.items():
        path = _path(second, first, after)
        if path is None:
            continue
        names = " -> ".join(_short(key) for key in (first, *path))
        for function, node, chain in places:
            steps = [(s.function.module, s.node, s.name) for s in chain]
            context.report(
                "D29",
                function.module,
                node,
                f"potential deadlock, locks are taken in a cycle: {names}",
                chain=steps,
            )


def _short(key: str) -> str:
    return ".".join(key.replace(":", ".").split(".")[-2:])


def _path(start: str, goal: str, after: dict[str, set[str]]) -> tuple[str, ...] | None:
    """The locks from start to goal along the edges, None where there is no way."""
    queue: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while queue:
        path = queue.pop(0)
        if path[-1] == goal:
            return path
        for following in sorted(after.get(path[-1], ())):
            if following not in seen:
                seen.add(following)
                queue.append((*path, following))
    return None
