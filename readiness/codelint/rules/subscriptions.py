"""T13 beyond loops: a flag that outlives the socket, and a second place that only connects."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.program import CallSite, Class, Function
from readiness.codelint.syntax import calls_in, dotted, is_constant, snake, strings_in

__all__ = ["check"]

_SUBSCRIBE = re.compile(r"(^|_)(re_?)?subscri")
_CONNECT = re.compile(r"^_*(re_?)?(connect|open|ws_connect|connect_\w+|open_socket)$")
_SOCKET = re.compile(
    r"(^|[._])(ws|wss|web_?socket|socket|stream|feed|transport|channel)s?\d*([._]|$)"
)


def check(context: Context) -> None:
    """Report sockets that come back without their subscriptions."""
    for found in context.program.classes():
        if not found.module.is_test:
            methods = [m for m in found.methods.values() if m.name != "__init__"]
            for method in methods:
                _guarded_once(context, found, method)
                _only_connects(context, method, methods)


def _subscribes(site: CallSite) -> bool:
    if _SUBSCRIBE.search(snake(site.name)):
        return True
    values = (*site.node.args, *(keyword.value for keyword in site.node.keywords))
    return any(text.lower() == "subscribe" for value in values for text in strings_in(value))


def _guarded_once(context: Context, owner: Class, method: Function) -> None:
    """`if not self.subscribed:` around the subscription, and nobody takes the flag back."""
    for node in method.nodes:
        if not isinstance(node, ast.If) or not isinstance(node.test, ast.UnaryOp):
            continue
        flag = dotted(node.test.operand) if isinstance(node.test.op, ast.Not) else ""
        if not flag.startswith("self.") or flag.count(".") != 1:
            continue
        sites = [s for c in calls_in(*node.body) if (s := method.by_call.get(c)) is not None]
        is_once = any(_subscribes(site) for site in sites) and _is_set(node, flag)
        if is_once and _is_in_loop(method, node) and not _is_taken_back(owner, flag):
            what = f"{flag} survives the socket: the next one is never subscribed"
            context.report("T13", method.module, node, what)


def _is_in_loop(method: Function, node: ast.AST) -> bool:
    return any(isinstance(a, (ast.While, ast.For)) for a in method.module.ancestors(node))


def _is_set(block: ast.If, flag: str) -> bool:
    return any(
        isinstance(node, ast.Assign)
        and dotted(node.targets[0]) == flag
        and is_constant(node.value, True)
        for statement in block.body
        for node in ast.walk(statement)
    )


def _is_taken_back(owner: Class, flag: str) -> bool:
    """Another place of the class sets the flag to something else than True."""
    return any(
        not is_constant(binding.expression, True) and binding.scope.name != "__init__"
        for binding in owner.attributes.get(flag.removeprefix("self."), [])
    )


def _only_connects(context: Context, method: Function, methods: list[Function]) -> None:
    """One method connects and subscribes; this one connects the same socket and does not."""
    connects = [s for s in method.calls if _is_connect(s)]
    if not connects or any(_reaches_subscription(s, 0) for s in method.calls):
        return
    holders = {site.receiver for site in connects}
    for other in methods:
        if other is method or any(site.target is method for site in other.calls):
            continue
        opened = [s for s in other.calls if _is_connect(s) and s.receiver in holders]
        told = [s for s in other.calls if _subscribes(s) and s.receiver in holders]
        if opened and told and opened[0].node.lineno < told[0].node.lineno:
            what = f"{other.name} connects and subscribes; here nobody subscribes again"
            context.report("T13", method.module, connects[0].node, what)
            return


def _is_connect(site: CallSite) -> bool:
    return bool(_CONNECT.search(snake(site.name)) and _SOCKET.search(snake(site.receiver)))


def _reaches_subscription(site: CallSite, depth: int) -> bool:
    if _subscribes(site):
        return True
    inner = site.target.calls if site.target is not None and depth < 3 else []
    return any(_reaches_subscription(call, depth + 1) for call in inner)
