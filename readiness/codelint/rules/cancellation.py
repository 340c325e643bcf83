"""D20, D21, D22, D43: cancellation that is swallowed, and clean-up that it can skip."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from readiness.check import Severity
from readiness.codelint.context import Context
from readiness.codelint.program import Function
from readiness.codelint.syntax import dotted, last_name, names_in, snake, walk_same_scope

__all__ = ["check"]

_CLOSES = frozenset(
    {"close", "aclose", "wait_closed", "disconnect", "stop", "aexit", "__aexit__", "shutdown"}
    | {"release", "cleanup", "close_all", "dispose", "quit", "logout"}
)
_WAITS = frozenset({"shield", "gather", "wait", "sleep", "cancel_and_wait"})
# A position, an order or a lock that stays behind is not a handle.
_COSTS = re.compile(r"(^|[._])(orders?|positions?|legs?|trades?|locks?|mutex|lease|stops?)([._]|$)")


def check(context: Context) -> None:
    """Report handlers that swallow cancellation, and awaits in finally that it can skip."""
    for function in context.functions():
        if not function.is_async:
            continue
        for node in function.nodes:
            if isinstance(node, (ast.Try, ast.TryStar)):
                _judge_handlers(context, function, node)
                _judge_finally(context, function, node)
                _leaves_finally(context, function, node)
            elif isinstance(node, (ast.With, ast.AsyncWith)):
                _judge_suppress(context, function, node)


def _leaves_finally(context: Context, function: Function, node: ast.Try | ast.TryStar) -> None:
    """`return` in a `finally` drops whatever was raised, a cancellation too."""
    if next(_suspensions(node.body), None) is None:
        return
    for statement in node.finalbody:
        if isinstance(statement, (ast.Return, ast.Break, ast.Continue)):
            what = "leaving a finally block drops the cancellation that led there"
            context.report("D21", function.module, statement, what)


def _suspensions(statements: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in statements:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for node in walk_same_scope(statement):
            if isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)):
                yield node


def _judge_handlers(context: Context, function: Function, node: ast.Try | ast.TryStar) -> None:
    if next(_suspensions(node.body), None) is None:
        return
    is_passed_on = False
    for handler in node.handlers:
        caught = _caught(handler, function)
        rule = _rule(handler, caught)
        if (
            rule
            and not is_passed_on
            and not _passes_on(handler, function)
            and not _awaits_own_cancelled(function, node)
        ):
            what = ast.unparse(handler.type) if handler.type is not None else "a bare except"
            context.report(
                rule,
                function.module,
                handler,
                f"{what} in {function.name} swallows cancellation",
                severity=None if _is_run_on(context, function, handler) else Severity.MEDIUM,
            )
        if caught & {"CancelledError", "BaseException"} and _passes_on(handler, function):
            is_passed_on = True


def _always_raises(body: list[ast.stmt]) -> bool:
    """Every way through the statements ends in a raise."""
    for statement in body:
        if isinstance(statement, ast.Raise):
            return True
        if (
            isinstance(statement, ast.If)
            and statement.orelse
            and _always_raises(statement.body)
            and _always_raises(statement.orelse)
        ):
            return True
        if isinstance(statement, (ast.With, ast.AsyncWith)) and _always_raises(statement.body):
            return True
        if isinstance(statement, (ast.Try, ast.TryStar)) and (
            _always_raises(statement.finalbody) or _always_raises(statement.body)
        ):
            return True
    return False


def _raises(function: Function, call: ast.Call) -> bool:
    """A helper that always raises: its last statement does, or it promises never to return."""
    site = function.by_call.get(call)
    target = site.target if site is not None else None
    if target is None or not target.body:
        return False
    returns = getattr(target.node, "returns", None)
    if last_name(returns) in {"NoReturn", "Never"}:
        return True
    last = target.body[-1]
    return isinstance(last, ast.Raise)


def _is_run_on(context: Context, function: Function, handler: ast.ExceptHandler) -> bool:
    """The loop of the coroutine runs on, or one of its caller, which awaits it again and again."""
    if _goes_on(function, handler):
        return True
    return any(
        site.is_awaited
        and not site.is_guess
        and any(isinstance(a, ast.While) for a in site.function.module.ancestors(site.node))
        for site in context.program.callers.get(function, [])
    )


def _goes_on(function: Function, handler: ast.ExceptHandler) -> bool:
    """The handler stands in a loop that runs on; elsewhere the coroutine at least ends soon."""
    if handler.body and isinstance(handler.body[-1], (ast.Return, ast.Break)):
        return False
    return any(
        isinstance(node, (ast.While, ast.For, ast.AsyncFor))
        for node in function.module.ancestors(handler)
    )


def _caught(handler: ast.ExceptHandler, function: Function) -> set[str]:
    """Names of what is caught, a tuple that the module keeps under a name included."""
    if handler.type is None:
        return set()
    kinds: list[ast.expr] = [handler.type]
    if isinstance(handler.type, ast.Name):
        made = function.module.body.bindings.get(handler.type.id, [])
        kinds += [b.expression for b in made if isinstance(b.expression, ast.Tuple)]
    parts = [p for kind in kinds for p in (kind.elts if isinstance(kind, ast.Tuple) else [kind])]
    return {last_name(part) for part in parts}


def _rule(handler: ast.ExceptHandler, caught: set[str]) -> str:
    if handler.type is None:
        return "D20"
    if "BaseException" in caught:
        return "D22"
    return "D21" if "CancelledError" in caught else ""


def _passes_on(handler: ast.ExceptHandler, function: Function) -> bool:
    """The handler raises, exits, or keeps the exception for somebody who raises it."""
    if _always_raises(handler.body):
        return True
    for node in ast.walk(handler):
        if isinstance(node, ast.Call) and dotted(node.func) in {"sys.exit", "os._exit"}:
            return True
        if isinstance(node, ast.Call) and last_name(node.func) in {
            "set_exception",
            "uncancel",
            "cancelling",
        }:
            return True
        if isinstance(node, ast.Call) and _raises(function, node):
            return True
    kept = {
        last_name(node.func.value)
        for node in walk_same_scope(handler)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"append", "add", "put_nowait"}
        and any(handler.name in names_in(value) for value in node.args if handler.name)
    } | {
        target.id
        for node in walk_same_scope(handler)
        if isinstance(node, ast.Assign) and handler.name and handler.name in names_in(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return any(
        isinstance(node, ast.Raise) and node.exc is not None and names_in(node.exc) & kept
        for node in function.nodes
    )


def _awaits_own_cancelled(function: Function, node: ast.Try | ast.TryStar) -> bool:
    """`task.cancel()` and then `try: await task`: the cancellation is our own."""
    cancelled: set[str] = set()
    for site in function.calls:
        if site.name == "cancel" and site.node.lineno <= node.body[-1].lineno:
            cancelled.add(site.receiver.rpartition(".")[2])
            cancelled.add(site.receiver)
    if not cancelled:
        return False
    for await_node in _suspensions(node.body):
        if isinstance(await_node, ast.Await):
            value = await_node.value
            names = {dotted(value), dotted(value).rpartition(".")[2]}
            if isinstance(value, ast.Call):
                names |= {dotted(argument) for argument in value.args}
                names |= {dotted(argument).rpartition(".")[2] for argument in value.args}
            if names & cancelled or last_name(getattr(value, "func", None)) in {"gather", "wait"}:
                return True
    return False


def _judge_finally(context: Context, function: Function, node: ast.Try | ast.TryStar) -> None:
    for suspension in _suspensions(node.finalbody):
        if isinstance(suspension, ast.Await):
            if _is_protected(function, suspension) or _only_closes(function, suspension):
                continue
            what = ast.unparse(suspension)[:60]
        elif isinstance(suspension, ast.AsyncWith):
            calls = [i.context_expr for i in suspension.items]
            if any(isinstance(c, ast.Call) for c in calls) or _has_shield(suspension, function):
                continue
            what = f"async with {ast.unparse(calls[0])[:50]}"
        else:
            continue
        context.report(
            "D43",
            function.module,
            suspension,
            f"{what} in finally is lost on a second cancellation",
        )


def _only_closes(function: Function, node: ast.Await) -> bool:
    """Gives a handle back that dies with its process anyway: nothing is lost but the goodbye."""
    value = node.value
    if isinstance(value, ast.Call) and last_name(value.func) in {"wait_for", "timeout"}:
        value = value.args[0] if value.args else value
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return False
    if last_name(value.func) not in _CLOSES or _COSTS.search(snake(dotted(value.func.value))):
        return False
    holder = dotted(value.func.value)
    return not any(isinstance(n, ast.AsyncFor) and dotted(n.iter) == holder for n in function.nodes)


def _judge_suppress(context: Context, function: Function, node: ast.With | ast.AsyncWith) -> None:
    """`with suppress(CancelledError)` around something else than a task that was cancelled."""
    for item in node.items:
        call = item.context_expr
        if not isinstance(call, ast.Call) or last_name(call.func) != "suppress":
            continue
        caught = {last_name(argument) for argument in call.args}
        if not caught & {"CancelledError", "BaseException"}:
            continue
        awaited = [n for n in _suspensions(node.body) if isinstance(n, ast.Await)]
        if any(isinstance(n.value, ast.Call) for n in awaited) and not any(
            site.name == "cancel" for site in function.calls
        ):
            context.report(
                "D21", function.module, node, f"{function.name} swallows its own cancellation"
            )


def _is_protected(function: Function, node: ast.Await) -> bool:
    value = node.value
    if isinstance(value, ast.Call):
        if last_name(value.func).strip("_") in {
            "shield",
            "gather",
            "wait",
            "sleep",
            "cancel_and_wait",
        }:
            return True
        if any(last_name(c.func) == "shield" for c in ast.walk(value) if isinstance(c, ast.Call)):
            return True
    else:
        return True
    return _has_shield(node, function)


def _has_shield(node: ast.AST, function: Function) -> bool:
    return any(
        isinstance(a, (ast.With, ast.AsyncWith))
        and any("shield" in ast.unparse(item.context_expr) for item in a.items)
        for a in function.module.ancestors(node)
    )
