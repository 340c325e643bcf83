"""T12: the delay before a new attempt, which must be bounded and come back to its start.

A delay is one that a failure makes longer: it is slept in an endless loop that goes on after an
exception, in a method that tries again by calling itself, or in a callback that connects again.
"""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.program import CallSite, Function
from readiness.codelint.rules.delays import Delays
from readiness.codelint.syntax import argument, dotted, last_name, mentions, snake, walk_same_scope

__all__ = ["check"]

_SLEEP = re.compile(r"(^|_)(sleep|wait_before_\w+|back_?off|wait_for_retry)$")
_ATTEMPTS = re.compile(r"attempt|retr|failures|max_|tries")
_AGAIN = re.compile(
    r"(^|_)(re_?connect|on_disconnect|on_close|on_lost|connection_lost|re_?start|re_?try|resume)(_|$)"
)
_CONNECTS = re.compile(r"(^|_)(re_?connect|connect|open|start|subscribe|run)(_|$)")


def check(context: Context) -> None:
    """Report delays that grow without a bound, or never come back to their start."""
    for function in context.functions():
        loops = [n for n in function.nodes if _is_endless(n)]
        for loop in loops:
            _judge_loop(context, function, loop)
        if not loops:
            _judge_recursion(context, function)
            _judge_callback(context, function)
        _judge_decorators(context, function)


def _is_endless(node: ast.AST) -> bool:
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return isinstance(node.iter, ast.Call) and last_name(node.iter.func) == "count"
    return isinstance(node, ast.While) and not any(
        isinstance(inner, ast.Compare) and mentions(inner, _ATTEMPTS)
        for inner in ast.walk(node.test)
    )


def _judge_loop(context: Context, function: Function, loop: ast.AST) -> None:
    """The first sleep of the loop that follows a failure."""
    inside = list(walk_same_scope(loop))
    handlers = [h for h in inside if isinstance(h, ast.ExceptHandler) and _goes_on(h)]
    if not handlers or _gives_up(handlers):
        return
    delays = Delays(context, function, loop, handlers)
    for call, where in _sleeps(function, inside, 0):
        verdict = delays.verdict(call, where)
        if verdict:
            context.report("T12", where.module, call, verdict)
            return


def _goes_on(handler: ast.ExceptHandler) -> bool:
    """After the handler the loop goes round again."""
    is_cancel = "CancelledError" in ast.unparse(handler.type) if handler.type else False
    return not is_cancel and not isinstance(handler.body[-1], (ast.Raise, ast.Return, ast.Break))


def _gives_up(handlers: list[ast.ExceptHandler]) -> bool:
    """`if attempt >= limit: raise` bounds the number of attempts, and so the delay."""
    for handler in handlers:
        for node in walk_same_scope(handler):
            if isinstance(node, ast.If) and any(
                isinstance(n, ast.Compare) for n in ast.walk(node.test)
            ):
                ends = any(isinstance(s, (ast.Raise, ast.Return, ast.Break)) for s in node.body)
                if ends and mentions(node.test, _ATTEMPTS):
                    return True
    return False


def _sleeps(
    function: Function, nodes: list[ast.AST], depth: int
) -> list[tuple[ast.Call, Function]]:
    """Calls that wait, those of own helper methods included."""
    found: list[tuple[ast.Call, Function]] = []
    for node in nodes:
        site = function.by_call.get(node) if isinstance(node, ast.Call) else None
        if site is None:
            continue
        if _waits(site):
            found.append((site.node, function))
        elif _is_own(site) and site.target is not None and depth < 2:
            found += _sleeps(site.target, site.target.nodes, depth + 1)
    return found


def _is_own(site: CallSite) -> bool:
    return not site.is_guess and site.receiver in {"self", ""} and site.target is not site.function


def _waits(site: CallSite) -> bool:
    if site.name == "wait_for" or not site.node.args:
        return False
    return bool(_SLEEP.search(snake(site.name))) and site.target is None


def _judge_recursion(context: Context, function: Function) -> None:
    """`await self.reconnect(delay * 2)` after `sleep(delay)`."""
    names = {parameter.arg for parameter in function.parameters()}
    slept = {
        dotted(node)
        for site in function.calls
        if _waits(site)
        for node in ast.walk(site.node.args[0])
        if isinstance(node, ast.Name)
    }
    bounded = any(
        isinstance(node, ast.If) and names & {dotted(n) for n in ast.walk(node.test)}
        for node in function.nodes
    )
    for site in function.calls:
        if site.target is not function or bounded:
            continue
        for value in (*site.node.args, *(k.value for k in site.node.keywords)):
            used = {dotted(n) for n in ast.walk(value) if isinstance(n, ast.Name)}
            grows = isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mult, ast.Add))
            if grows and used & names & slept:
                context.report("T12", function.module, site.node, "the delay grows without a bound")


def _judge_callback(context: Context, function: Function) -> None:
    """A method that waits, makes its delay longer, and connects again."""
    if not _AGAIN.search(snake(function.name)):
        return
    delays = Delays(context, function, function.node, [])
    connects = any(_CONNECTS.search(snake(site.name)) for site in function.calls)
    for site in function.calls:
        is_later = site.name == "call_later" and len(site.node.args) > 1
        if not is_later and not (_waits(site) and connects):
            continue
        verdict = delays.verdict(site.node, function)
        if verdict and delays.is_kept(site.node.args[0], function):
            context.report("T12", function.module, site.node, verdict)
            return


def _judge_decorators(context: Context, function: Function) -> None:
    """Exponential waits of tenacity and backoff without a maximum, repeated for ever."""
    for decorator in function.decorators:
        if not isinstance(decorator, ast.Call):
            continue
        spelled = dotted(decorator.func)
        given = {k.arg for k in decorator.keywords}
        endless = spelled.endswith("retry") and "stop" not in given
        if endless and _grows_for_ever(argument(decorator, "wait")):
            what = "the delay grows without a bound: wait_exponential has no max"
            context.report("T12", function.module, decorator, what)
        elif spelled in {"backoff.on_exception", "backoff.on_predicate"}:
            grows = decorator.args and last_name(decorator.args[0]) in {"expo", "fibo"}
            if grows and not given & {"max_value", "max_tries", "max_time"}:
                what = "the delay grows without a bound: no max_value"
                context.report("T12", function.module, decorator, what)


def _grows_for_ever(wait: ast.expr | None) -> bool:
    return wait is not None and any(
        isinstance(node, ast.Call)
        and last_name(node.func) in _EXPONENTIAL
        and argument(node, "max", position=1) is None
        for node in ast.walk(wait)
    )


_EXPONENTIAL = frozenset({"wait_exponential", "wait_random_exponential", "wait_exponential_jitter"})
