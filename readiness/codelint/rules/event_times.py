"""T05 for times: an event whose time the exchange did not tell is taken to happen now."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.syntax import constant, last_name, snake

__all__ = ["check"]

_EVENT_TIME = re.compile(
    r"(^|_)(ts_event|event_time|event_ts|exec_time|execution_time|trade_time|transact_time|"
    r"fill_time|filled_at|updated_time|created_time|exchange_time|server_time)(_|$|us$|ms$|ns$)"
)
_NOW = re.compile(r"^_*(now|utcnow|time|time_ns|current_time|wall_clock)(_(us|ms|ns|s|utc))?$")


def check(context: Context) -> None:
    """Report times of the exchange that our own clock stands in for."""
    for function in context.functions():
        for node in function.nodes:
            known, stand_in = _parts(node)
            if known and stand_in is not None and _is_now(stand_in):
                what = f"a missing {known} becomes {ast.unparse(stand_in)}"
                context.report("T05", function.module, node, what)


def _parts(node: ast.AST) -> tuple[str, ast.expr | None]:
    """The word of the event's time and what stands in for it, `("", None)` for other nodes."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return _word(node.values[0]), node.values[-1]
    if isinstance(node, ast.Call) and last_name(node.func) == "get" and len(node.args) == 2:
        return _as_time(constant(node.args[0])), node.args[1]
    if isinstance(node, ast.IfExp):
        return _word(node.body), node.orelse
    return "", None


def _word(value: ast.expr) -> str:
    """The attribute, key or name that is read, conversions looked through, if it is a time."""
    if isinstance(value, ast.Call) and last_name(value.func) in {"int", "float", "Decimal"}:
        return _word(value.args[0]) if value.args else ""
    if isinstance(value, ast.Call) and last_name(value.func) == "get" and value.args:
        return _as_time(constant(value.args[0]))
    if isinstance(value, ast.Subscript):
        return _as_time(constant(value.slice))
    if isinstance(value, (ast.Name, ast.Attribute)):
        return _as_time(last_name(value))
    return ""


def _as_time(word: object) -> str:
    return word if isinstance(word, str) and _EVENT_TIME.search(snake(word)) else ""


def _is_now(value: ast.expr) -> bool:
    """Our own clock: a call of it, a name for its answer, or arithmetic on either."""
    if isinstance(value, ast.BinOp):
        return _is_now(value.left) or _is_now(value.right)
    if isinstance(value, ast.Call):
        name = last_name(value.func)
        if name in {"int", "round", "str"} and value.args:
            return _is_now(value.args[0])
        inner = value.func.value if isinstance(value.func, ast.Attribute) else None
        is_made_of_now = name == "timestamp" and inner is not None and _is_now(inner)
        return bool(_NOW.search(name)) or is_made_of_now
    return isinstance(value, (ast.Name, ast.Attribute)) and bool(_NOW.search(last_name(value)))
