"""D40: an order that is sent again because its outcome is unknown, and nobody asked for it."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.knowledge.trading import CLIENT_ID, OrderCall, exchange_call, order_call
from readiness.codelint.program import CallSite
from readiness.codelint.syntax import calls_in, last_name, mentions, names_in, snake

__all__ = ["check"]

_UNKNOWN = re.compile(
    r"(^|_)(unknown|uncertain|ambiguous|unanswered|no_answer|indeterminate|timed_?out|timeout)(_|$)"
)
_LOOKS_UP = re.compile(
    r"^_*(get|fetch|query|look_?up|find|read|reconcile|ask|check|resolve|confirm|poll|await)_"
    r"(\w+_)?(orders?|status|outcome|fills?|executions?)(_|$)|^_*(reconcile|look_?up|resolve)$"
)


def check(context: Context) -> None:
    """Report loops that place an order for as long as its outcome is unknown."""
    for site in context.call_sites():
        order = order_call(site)
        loop = _asking_loop(site) if order is not None else None
        if order is not None and loop is not None and not _is_known_again(order, loop):
            what = f"{ast.unparse(site.node.func)} is sent again while its outcome is unknown"
            context.report("D40", site.function.module, site.node, what)


def _asking_loop(site: CallSite) -> ast.While | None:
    """`while is_unknown(answer): answer = await place(...)`: the loop that the order stands in."""
    module = site.function.module
    statement = module.statement(site.node)
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return None
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    answered = {name for target in targets for name in names_in(target)}
    for ancestor in module.ancestors(statement):
        if isinstance(ancestor, ast.While) and answered & names_in(ancestor.test):
            return ancestor if mentions(ancestor.test, _UNKNOWN) else None
    return None


def _is_known_again(order: OrderCall, loop: ast.While) -> bool:
    """The order carries an identity of ours that stays, or the exchange is asked for it first."""
    if order.value(CLIENT_ID) is not None:
        return True
    for call in calls_in(*loop.body):
        site = order.site.function.by_call.get(call)
        if _LOOKS_UP.search(snake(last_name(call.func))):
            return True
        if site is not None and exchange_call(site) == "read":
            return True
    return False
