"""D33: a question over a socket whose reply is waited for without a deadline."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.program import Function
from readiness.codelint.syntax import last_name, names_in
from readiness.codelint.time_limits import deadline_around

__all__ = ["check"]

_RECEIVES = frozenset({"recv", "receive", "receive_str", "receive_json", "receive_bytes"})


def check(context: Context) -> None:
    """Report replies that may never come."""
    for function in context.functions():
        if function.is_async:
            _own_futures(context, function)
            _received(context, function)


def _own_futures(context: Context, function: Function) -> None:
    """A reply that is awaited as a future of one's own, after the question was sent."""
    futures = {
        ast.unparse(target)
        for node in function.nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and last_name(node.value.func) in {"create_future", "Future"}
        for target in node.targets
    }
    asks = any(re.search(r"^(send|write|publish|request|emit|put)", s.name) for s in function.calls)
    for node in function.nodes if futures and asks else ():
        if (
            isinstance(node, ast.Await)
            and ast.unparse(node.value) in futures
            and not deadline_around(node, function, context.resolver)
        ):
            what = f"{ast.unparse(node)} waits for a reply that may never come"
            context.report("D33", function.module, node, what)


def _received(context: Context, function: Function) -> None:
    """`await ws.send(question)`, then `await ws.recv()` until the answer can be returned.

    A reader of a stream returns nothing of what it receives, so it is none of these.
    """
    sends = {
        site.receiver: site.node.lineno
        for site in function.calls
        if re.search(r"^send(_str|_json|_bytes)?$", site.name) and site.is_awaited
    }
    returned = {
        name
        for node in function.nodes
        if isinstance(node, ast.Return) and node.value is not None
        for name in names_in(node.value)
    }
    for site in function.calls:
        is_reply = site.name in _RECEIVES and site.is_awaited and not site.node.args
        if not is_reply or sends.get(site.receiver, site.node.lineno) >= site.node.lineno:
            continue
        statement = function.module.statement(site.node)
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        is_answer = isinstance(statement, ast.Return) or any(
            names_in(target) & returned for target in targets
        )
        if (
            is_answer
            and not site.node.keywords
            and not deadline_around(site.node, function, context.resolver)
        ):
            what = f"{ast.unparse(site.node)} waits for a reply that may never come"
            context.report("D33", function.module, site.node, what)
