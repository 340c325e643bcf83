"""D38, D39, D42: waiting by the wrong clock, without yielding, or for oneself."""

from __future__ import annotations

import ast

from readiness.codelint.context import Context
from readiness.codelint.program import Binding, BindKind, CallSite, Function
from readiness.codelint.syntax import (
    dotted,
    is_constant,
    last_name,
    walk_same_scope,
)

__all__ = ["check"]

_WALL = frozenset(
    {"time.time", "time.time_ns", "datetime.datetime.now", "datetime.datetime.utcnow"}
    | {"datetime.datetime.today", "pandas.Timestamp.now", "pandas.Timestamp.utcnow"}
)
_ASKS = frozenset(
    {"is_set", "empty", "done", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"}
    | {"now", "utcnow"}
)


def check(context: Context) -> None:
    """Report durations by wall clock, busy waits, and self-waits."""
    for function in context.functions():
        for node in function.nodes:
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
                _duration(context, function, node)
            elif isinstance(node, ast.Compare):
                _deadline(context, function, node)
            elif isinstance(node, ast.While) and function.is_async:
                _busy(context, function, node)
        if function.is_async:
            for site in function.calls:
                _own_future(context, site)
    _bridges(context)


def _is_wall(context: Context, node: ast.AST | None, function: Function) -> bool:
    """A reading of the wall clock, in any unit."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div, ast.FloorDiv)):
        return _is_wall(context, node.left, function)
    if isinstance(node, ast.Call):
        if last_name(node.func) in {"int", "round", "float"} and node.args:
            return _is_wall(context, node.args[0], function)
        if last_name(node.func) in {"timestamp", "replace"} and isinstance(
            node.func, ast.Attribute
        ):
            return _is_wall(context, node.func.value, function)
        return context.outside(node.func, function) in _WALL
    return False


def _stamps(context: Context, node: ast.AST, function: Function) -> list[Binding]:
    """The bindings of a name or attribute of self that holds a reading of the clock."""
    bindings: list[Binding] = []
    if isinstance(node, ast.Name) and node.id in function.bindings:
        bindings = function.bindings[node.id]
    elif isinstance(node, ast.Name) and node.id in function.module.body.bindings:
        bindings = function.module.body.bindings[node.id]
    elif isinstance(node, ast.Attribute) and dotted(node.value) == "self":
        owner = function.home
        bindings = owner.attributes.get(node.attr, []) if owner else []
    return [b for b in bindings if b.kind is BindKind.VALUE and b.expression is not None]


def _holds_wall(context: Context, node: ast.AST, function: Function, depth: int = 0) -> bool:
    stamps = _stamps(context, node, function)
    readings = [
        b
        for b in stamps
        if _is_wall(context, b.expression, b.scope)
        or (
            depth < 2
            and isinstance(b.expression, ast.Name)
            and _holds_wall(context, b.expression, b.scope, depth + 1)
        )
    ]
    blank = [b for b in stamps if is_constant(b.expression, None, 0, 0.0)]
    return bool(readings) and len(readings) + len(blank) == len(stamps)


def _duration(context: Context, function: Function, node: ast.BinOp) -> None:
    left, right = node.left, node.right
    if not _holds_wall(context, right, function):
        return
    if _is_wall(context, left, function) or _holds_wall(context, left, function):
        context.report(
            "D38",
            function.module,
            node,
            f"{ast.unparse(node)} measures a duration by the wall clock",
        )


def _deadline(context: Context, function: Function, node: ast.Compare) -> None:
    sides = [node.left, *node.comparators]
    if len(sides) != 2:
        return
    for now, limit in (sides, sides[::-1]):
        if _is_wall(context, now, function):
            for stamp in _stamps(context, limit, function):
                value = stamp.expression
                if (
                    isinstance(value, ast.BinOp)
                    and isinstance(value.op, ast.Add)
                    and (
                        _is_wall(context, value.left, stamp.scope)
                        or _holds_wall(context, value.left, stamp.scope)
                    )
                ):
                    context.report(
                        "D38",
                        function.module,
                        node,
                        f"{ast.unparse(node)} waits by the wall clock",
                    )
                    return


def _busy(context: Context, function: Function, node: ast.While) -> None:
    inside = [inner for s in node.body for inner in walk_same_scope(s)]
    if is_constant(node.test, True, 1) and _turns_at_once(node):
        context.report("D39", function.module, node, "the loop goes round without an await")
        return
    if any(
        isinstance(n, (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield))
        for n in (*inside, *walk_same_scope(node.test))
    ):
        return
    if is_constant(node.test, True, 1):
        if _spins(node):
            context.report("D39", function.module, node, "an error is answered by trying at once")
        if not any(isinstance(n, (ast.Break, ast.Return, ast.Raise)) for n in inside):
            context.report("D39", function.module, node, "a loop that never ends and never awaits")
        return
    subjects = _subjects(node.test)
    if _always_leaves(node.body) or _changes(inside, subjects):
        return
    if not _waits_for_others(node.test, function):
        return
    context.report(
        "D39",
        function.module,
        node,
        f"while {ast.unparse(node.test)} never lets the event loop run",
    )


def _turns_at_once(loop: ast.While) -> bool:
    """`while True: if queue.empty(): continue`: nothing that the test reads can change."""
    first = loop.body[0]
    return (
        isinstance(first, ast.If)
        and len(first.body) == 1
        and isinstance(first.body[0], (ast.Continue, ast.Pass))
        and (isinstance(first.body[0], ast.Continue) or not loop.body[1:])
        and not any(isinstance(n, ast.Await) for n in ast.walk(first.test))
    )


def _spins(loop: ast.While) -> bool:
    """`while True: try: return queue.popleft() except IndexError: continue`, or only ifs."""
    if all(
        isinstance(s, (ast.Pass, ast.Continue))
        or (isinstance(s, ast.If) and not s.orelse and _always_leaves(s.body))
        for s in loop.body
    ) and any(isinstance(s, ast.If) for s in loop.body):
        return True
    if len(loop.body) != 1 or not isinstance(loop.body[0], ast.Try):
        return False
    node = loop.body[0]
    return bool(node.handlers) and all(
        isinstance(handler.body[-1], (ast.Continue, ast.Pass)) for handler in node.handlers
    )


def _subjects(test: ast.expr) -> set[str]:
    found = {dotted(n) for n in ast.walk(test) if isinstance(n, (ast.Name, ast.Attribute))}
    return {name for name in found if name and name != "self"}


def _always_leaves(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], (ast.Return, ast.Break, ast.Raise))


def _changes(inside: list[ast.AST], subjects: set[str]) -> bool:
    """Whether the loop's body changes what its condition reads."""
    for node in inside:
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            if not isinstance(node.ctx, ast.Load) and dotted(node) in subjects:
                return True
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            base = dotted(node.func.value)
            if base in subjects and node.func.attr not in _ASKS:
                return True
        if (
            isinstance(node, ast.Call)
            and any(dotted(a) in subjects for a in node.args if not isinstance(a, ast.Constant))
            and last_name(node.func) in {"next", "heappop", "advance", "consume"}
        ):
            return True
    return False


def _waits_for_others(test: ast.expr, function: Function) -> bool:
    """The condition reads shared state, a clock, or asks an object; locals end by themselves."""
    for node in ast.walk(test):
        if isinstance(node, ast.Attribute):
            return True
        if isinstance(node, ast.Call) and last_name(node.func) not in {"len", "any", "all", "bool"}:
            return True
        if isinstance(node, ast.Name) and node.id in function.globals:
            return True
    return False


def _is_threadsafe_future(node: ast.AST | None, function: Function) -> bool:
    if isinstance(node, ast.Call):
        return last_name(node.func) == "run_coroutine_threadsafe"
    if isinstance(node, ast.Name):
        return any(
            _is_threadsafe_future(binding.expression, function)
            for binding in function.bindings.get(node.id, [])
            if isinstance(binding.expression, ast.Call)
        )
    return False


def _makes_future(site: CallSite) -> bool:
    """The call, or the function of the tree that it reaches, starts a thread-safe future."""
    if site.name == "run_coroutine_threadsafe":
        return True
    return site.target is not None and any(
        inner.name == "run_coroutine_threadsafe" for inner in site.target.calls
    )


def _own_future(context: Context, site: CallSite) -> None:
    func = site.node.func
    made = None
    if (
        site.name in {"result", "exception"}
        and isinstance(func, ast.Attribute)
        and isinstance(func.value, ast.Call)
    ):
        made = site.function.by_call.get(func.value)
    waits = site.external in {"concurrent.futures.wait", "concurrent.futures.as_completed"}
    if (waits and any(_makes_future(other) for other in site.function.calls)) or (
        made is not None and made.name != "run_coroutine_threadsafe" and _makes_future(made)
    ):
        context.report(
            "D42",
            site.function.module,
            site.node,
            "a coroutine waits for futures that only its own loop can finish",
        )
    if (
        site.name in {"result", "exception"}
        and isinstance(func, ast.Attribute)
        and _is_threadsafe_future(func.value, site.function)
    ):
        context.report(
            "D42",
            site.function.module,
            site.node,
            "a coroutine waits for a future that only its own loop can finish",
        )


def _bridges(context: Context) -> None:
    """A synchronous bridge that blocks on the loop, called by a coroutine of that loop."""
    for function in context.functions():
        if function.is_async:
            continue
        for site in function.calls:
            func = site.node.func
            if (
                site.name == "result"
                and isinstance(func, ast.Attribute)
                and _is_threadsafe_future(func.value, function)
            ):
                _cross_bridge(context, function, site)


def _cross_bridge(context: Context, bridge: Function, end: CallSite) -> None:
    """Report each coroutine that reaches the bridge through plain calls."""
    waiting, seen = [bridge], {bridge}
    while waiting:
        function = waiting.pop()
        for caller in context.program.callers.get(function, []):
            outer = caller.function
            if outer.is_async and not caller.is_awaited:
                context.report(
                    "D42",
                    outer.module,
                    caller.node,
                    f"{function.name} waits for the loop that it is called from",
                    chain=[(bridge.module, end.node, "result()")],
                )
            elif not outer.is_async and not outer.is_body and outer not in seen:
                seen.add(outer)
                waiting.append(outer)
