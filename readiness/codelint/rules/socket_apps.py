"""T11: an application of websocket-client that is run again in the moment in which it ends."""

from __future__ import annotations

import ast

from readiness.codelint.context import Context
from readiness.codelint.program import Function
from readiness.codelint.syntax import last_name, walk_same_scope

__all__ = ["check"]

_PAUSES = frozenset({"sleep", "wait", "join", "back_off", "backoff"})


def check(context: Context) -> None:
    """Report `while …: app.run_forever()`: it returns when the socket is lost, and hammers."""
    for function in context.functions():
        for node in function.nodes:
            if isinstance(node, ast.While) and _hammers(function, node):
                context.report("T11", function.module, node, "reconnects at once after a drop")


def _hammers(function: Function, loop: ast.While) -> bool:
    inside = list(walk_same_scope(loop))
    if any(isinstance(n, (ast.Return, ast.Break, ast.Raise, ast.Try)) for n in inside):
        return False
    sites = [site for n in inside if isinstance(n, ast.Call) and (site := function.by_call.get(n))]
    runs = any(s.name == "run_forever" and s.external.startswith("websocket.") for s in sites)
    # A call of the tree may wait inside; what it does is not followed here.
    waits = any(last_name(s.node.func) in _PAUSES or s.target is not None for s in sites)
    return runs and not waits
