"""D01: coroutine functions handed to something that calls plain functions and awaits nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from readiness.codelint.context import Context
from readiness.codelint.coroutine_functions import CoroutineFunctions
from readiness.codelint.program import CallSite

__all__ = ["check"]

# Where the function stands among the positional arguments, by the method's own name.
_BY_NAME = {
    **{"call_later": 1, "call_at": 1, "call_soon": 0, "call_soon_threadsafe": 0},
    **{"add_signal_handler": 1, "add_reader": 1, "add_writer": 1, "run_in_executor": 1},
    **{"add_done_callback": 0},
}
_BY_ORIGIN = {
    **{"asyncio.to_thread": 0, "signal.signal": 1, "atexit.register": 0, "threading.Timer": 1},
    **{"concurrent.futures.ThreadPoolExecutor.submit": 0, "weakref.finalize": 1},
    **{"apscheduler.schedulers.background.BackgroundScheduler.add_job": 0},
    **{"apscheduler.schedulers.blocking.BlockingScheduler.add_job": 0},
    **{"builtins.map": 0, "builtins.filter": 0, "threading.Thread": 1},
}
_KEYWORDS = frozenset({"target", "function", "func", "callback"})


def check(context: Context) -> None:
    """Report coroutine functions that become lost coroutines each time they are called."""
    functions = CoroutineFunctions(context.resolver)
    for site in context.call_sites():
        for value in _handed(site):
            if _gives_coroutine(context, functions, value, site):
                what = (
                    f"{site.name} calls {ast.unparse(value)} and awaits nothing: "
                    "the coroutine is lost"
                )
                context.report("D01", site.function.module, site.node, what)


def _handed(site: CallSite) -> Iterator[ast.expr]:
    """The functions that the call is given to call later."""
    if site.target is not None or site.constructs is not None:
        return
    if site.external.startswith("websocket.WebSocketApp"):
        yield from (k.value for k in site.node.keywords if (k.arg or "").startswith("on_"))
        return
    position = _BY_ORIGIN.get(site.external)
    if position is None and isinstance(site.node.func, ast.Attribute):
        position = _BY_NAME.get(site.name)
        if position is None and site.name == "do" and site.external.startswith("schedule."):
            position = 0
    if position is None:
        return
    if position < len(site.node.args):
        yield site.node.args[position]
    yield from (k.value for k in site.node.keywords if k.arg in _KEYWORDS)


def _gives_coroutine(
    context: Context, functions: CoroutineFunctions, value: ast.expr, site: CallSite
) -> bool:
    is_function = isinstance(value, (ast.Name, ast.Attribute, ast.Lambda, ast.Call))
    ref = context.resolver.expression(value, site.function) if is_function else None
    if ref is None or ref.function is None:
        return False
    is_called = isinstance(value, ast.Call) and not ast.unparse(value.func).endswith("partial")
    return not is_called and functions.is_one(ref.function)
