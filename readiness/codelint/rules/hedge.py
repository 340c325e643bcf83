"""T01 and T03: the leg of an order, and the mark that it only closes."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.knowledge.sides import (
    closes_by_side,
)
from readiness.codelint.knowledge.trading import (
    CLOSING,
    POSITION_IDX,
    REDUCE_ONLY,
    OrderCall,
    order_call,
)
from readiness.codelint.program import CallSite, Class, Function
from readiness.codelint.syntax import (
    argument,
    constant,
    dict_entries,
    is_constant,
    last_name,
    mentions,
    snake,
    strings_in,
)

__all__ = ["check"]

_IDX = re.compile(
    r"(^|_)(position_?idx|pos_?idx|leg_?idx|position_index|hedge_?idx)(_|$)|^(leg|idx)_(for|of)$"
)
_HEDGE = re.compile(r"position_?idx|hedge", re.IGNORECASE)
_ORDER_CLASS = re.compile(r"(^|_)order(_?(request|intent|params|data|spec|command))?$")
# A stop of a position as Bybit's trading-stop takes it, which names the leg by its index.
_STOP = frozenset({"stop_loss", "take_profit", "trailing_stop"})
_STOP_WORDS = frozenset({"tpsl_mode", "sl_trigger_by", "tp_trigger_by", "active_price"})
_OF_ORDER = frozenset({"side", "qty", "order_type", "order_id", "order_link_id"})
_WHY = re.compile(r"^(purpose|reason|role|kind|tag|why)$")
_CLOSES = re.compile(
    r"^(exit|close|closing|close_position|flatten|stop_out|unwind|full_exit|partial_close)$"
)
_MODE = re.compile(r"hedge|one_way|position_mode|mode")


def check(context: Context) -> None:
    """Report orders whose leg is missing, and closes that may open."""
    knows_hedge = any(_HEDGE.search(m.text) for m in context.program.modules.values())
    for function in context.functions():
        for site in function.calls:
            order = order_call(site)
            if order is not None:
                _leg(context, order, knows_hedge)
                _close(context, order)
            _constant_arguments(context, site)
            _made_close(context, site)
            if knows_hedge:
                _stop_call(context, site)
        _defaults(context, function)
        for node in function.nodes:
            if isinstance(node, ast.Dict) or (
                isinstance(node, ast.Call) and last_name(node.func) == "dict"
            ):
                _constant_entries(context, function, node)
                if knows_hedge:
                    _stop_body(context, function, node)
            elif isinstance(node, ast.Assign):
                _constant_store(context, function, node)
    for found in context.program.classes():
        if not found.module.is_test:
            _field_default(context, found)


def _leg(context: Context, order: OrderCall, knows_hedge: bool) -> None:
    site = order.site
    value = order.value(POSITION_IDX)
    if value is None:
        if knows_hedge and _row_without_leg(site):
            context.report(
                "T01",
                site.function.module,
                site.node,
                f"{ast.unparse(site.node.func)} sends rows without position_idx",
            )
        if not knows_hedge or order.is_open or not order.is_explicit or _is_spot(order):
            return
        if _sets_leg_itself(site):
            return
        context.report(
            "T01",
            site.function.module,
            site.node,
            f"{ast.unparse(site.node.func)} sends an order without position_idx",
        )
    elif _falls_back_to_zero(value) and not _by_mode(site.function, site.node):
        context.report(
            "T01",
            site.function.module,
            value,
            f"{ast.unparse(value)} falls back to the index of one-way mode",
        )
    elif is_constant(value, 0) and not _by_mode(site.function, site.node):
        what = f"{ast.unparse(site.node.func)} sends index 0, that of one-way mode"
        context.report("T01", site.function.module, value, what)
    elif isinstance(value, ast.Name):
        for binding in site.function.bindings.get(value.id, []):
            if is_constant(binding.expression, 0) and not _by_mode(site.function, binding.node):
                context.report(
                    "T01",
                    site.function.module,
                    binding.node,
                    f"{value.id} is the constant 0, the index of one-way mode",
                )


def _falls_back_to_zero(value: ast.expr) -> bool:
    """`getattr(intent, "position_idx", 0)`, `row.get("leg", 0)`, `leg or 0`, "BOTH", "net"."""
    if isinstance(value, ast.Call) and last_name(value.func) in {"getattr", "get"}:
        return len(value.args) > 1 and is_constant(value.args[-1], 0)
    if isinstance(value, ast.BoolOp):
        return is_constant(value.values[-1], 0)
    return is_constant(value, "BOTH", "net")


def _row_without_leg(site: CallSite) -> bool:
    """A batch: a dictionary in wire words, with symbol and side and no leg."""
    if "batch" not in snake(site.name):
        return False
    for node in site.function.nodes:
        if isinstance(node, ast.Dict):
            keys = {snake(key) for key, _ in dict_entries(node)}
            if {"symbol", "side"} <= keys and not any(POSITION_IDX.search(key) for key in keys):
                return True
    return False


def _is_spot(order: OrderCall) -> bool:
    return any(
        str(constant(value)).lower() == "spot" for value in order.arguments.values()
    ) or "spot" in snake(order.site.function.name + order.site.receiver)


def _sets_leg_itself(site: CallSite) -> bool:
    """The target is code of the tree that knows no such parameter: it decides the leg itself."""
    if site.target is None or site.is_guess:
        return False
    return not any(_IDX.search(snake(p.arg)) for p in site.target.parameters())


def _by_mode(function: Function, node: ast.AST) -> bool:
    """Inside a branch on the position mode, 0 is the index of one-way mode."""
    return any(
        isinstance(ancestor, (ast.If, ast.IfExp)) and mentions(ancestor.test, _MODE)
        for ancestor in function.module.ancestors(node)
    )


def _behind(node: ast.expr, function: Function) -> ast.expr:
    """The value of a constant of the module, where a name stands for one."""
    if isinstance(node, ast.Name):
        made = function.module.body.bindings.get(node.id, [])
        if len(made) == 1 and made[0].expression is not None:
            return made[0].expression
    return node


def _constant_arguments(context: Context, site: CallSite) -> None:
    name = snake(site.name)
    words = {snake(keyword.arg) for keyword in site.node.keywords if keyword.arg}
    if not (_ORDER_CLASS.search(name) or order_call(site) is not None or "symbol" in words):
        return
    for keyword in site.node.keywords:
        if (
            keyword.arg
            and _IDX.search(snake(keyword.arg))
            and is_constant(_behind(keyword.value, site.function), 0)
            and not _by_mode(site.function, site.node)
        ):
            context.report(
                "T01",
                site.function.module,
                keyword.value,
                f"{keyword.arg} is the constant 0, the index of one-way mode",
            )


def _constant_entries(context: Context, function: Function, node: ast.Dict | ast.Call) -> None:
    entries = {snake(key): value for key, value in dict_entries(node)}
    if not {"side", "symbol", "qty", "quantity", "order_type"} & set(entries):
        return
    for key, value in entries.items():
        if (
            _IDX.search(key)
            and is_constant(_behind(value, function), 0)
            and not _by_mode(function, node)
        ):
            context.report(
                "T01", function.module, value, f"{key} is the constant 0, the index of one-way mode"
            )


def _defaults(context: Context, function: Function) -> None:
    arguments = function.arguments
    if arguments is None or isinstance(function.node, ast.Lambda):
        return
    if not any(order_call(site) is not None for site in function.calls) and not any(
        p.arg in {"side", "qty", "quantity", "amount"} for p in function.parameters()
    ):
        return
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = list(
        zip(
            positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True
        )
    )
    pairs += [(p, d) for p, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d]
    for parameter, default in pairs:
        if _IDX.search(snake(parameter.arg)) and is_constant(default, 0):
            context.report(
                "T01",
                function.module,
                parameter,
                f"{parameter.arg} defaults to 0, so a forgotten leg goes unnoticed",
            )


def _field_default(context: Context, found: Class) -> None:
    if not _ORDER_CLASS.search(snake(found.name)):
        return
    for statement in found.node.body:
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and _IDX.search(snake(statement.target.id))
            and is_constant(_field_value(statement.value), 0)
        ):
            context.report(
                "T01",
                found.module,
                statement,
                f"{found.name}.{statement.target.id} defaults to 0, so a forgotten "
                "leg goes unnoticed",
            )


def _field_value(node: ast.expr | None) -> ast.expr | None:
    """`field(default=0)` and `Field(0, ge=0)` as their default."""
    if isinstance(node, ast.Call) and last_name(node.func) in {"field", "Field", "attrib", "ib"}:
        return argument(node, "default", position=0)
    return node


def _constant_store(context: Context, function: Function, node: ast.Assign) -> None:
    """`params["positionIdx"] = 0`."""
    target = node.targets[0]
    if isinstance(target, ast.Subscript) and isinstance(constant(target.slice), str):
        key = snake(str(constant(target.slice)))
        if _IDX.search(key) and is_constant(node.value, 0) and not _by_mode(function, node):
            context.report(
                "T01", function.module, node, f"{key} is the constant 0, the index of one-way mode"
            )


def _close(context: Context, order: OrderCall) -> None:
    site = order.site
    side = order.arguments.get("side")
    name = snake(site.function.name)
    closes = bool(CLOSING.search(name)) or closes_by_side(side, site.function)
    if not closes:
        return
    flag = order.value(REDUCE_ONLY)
    if flag is None:
        if order.is_open or _says_close(order) or not order.arguments:
            return
    elif not is_constant(_behind(flag, site.function), False):
        return
    context.report(
        "T03", site.function.module, site.node, f"{site.function.name} closes without reduce_only"
    )


def _says_close(order: OrderCall) -> bool:
    """Dialects that mark a close otherwise: Binance's and OKX's leg, a close of everything."""
    marks = {"position_side", "pos_side", "trade_side", "close_position", "offset", "close"}
    marks |= {"position_action", "position_effect", "open_close"}
    if marks & set(order.arguments):
        return True
    quantity = next((order.arguments[k] for k in ("qty", "quantity") if k in order.arguments), None)
    return is_constant(quantity, "0")


def _made_close(context: Context, site: CallSite) -> None:
    """`OrderIntent(..., purpose=Purpose.EXIT)` whose class has a mark of a close, left as it is."""
    made = site.constructs
    if made is None or not _ORDER_CLASS.search(snake(made.name)):
        return
    given = {keyword.arg: keyword.value for keyword in site.node.keywords}
    if None in given or any(isinstance(value, ast.Starred) for value in site.node.args):
        return
    reasons = [value for name, value in given.items() if name and _WHY.search(snake(name))]
    if not any(_CLOSES.search(snake(str(constant(v) or last_name(v)))) for v in reasons):
        return
    if not any(is_constant(_field_value(v), False) for v in _marks(made)):
        return
    flags = [value for name, value in given.items() if name and REDUCE_ONLY.search(snake(name))]
    if not flags or all(is_constant(flag, False) for flag in flags):
        what = f"{made.name} closes without reduce_only, which is False unless it is given"
        context.report("T03", site.function.module, site.node, what)


def _marks(made: Class) -> list[ast.expr | None]:
    """The defaults of the fields that mark a close."""
    return [
        statement.value
        for ancestor in made.lineage()
        for statement in ancestor.node.body
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and REDUCE_ONLY.search(snake(statement.target.id))
    ]


def _stop_body(context: Context, function: Function, node: ast.Dict | ast.Call) -> None:
    """The body of a position's stop in wire words, without the index of its leg."""
    words = {snake(key) for key, _ in dict_entries(node)}
    spread = _spread(node, function)
    if spread is None:
        return
    words |= spread
    is_stop = "symbol" in words and words & _STOP and words & _STOP_WORDS
    if not is_stop or words & _OF_ORDER or any(_IDX.search(word) for word in words):
        return
    if any(_adds_leg(other) for other in function.nodes):
        return
    what = "the stop of a position is set without position_idx"
    context.report("T01", function.module, node, what)


def _spread(node: ast.Dict | ast.Call, function: Function) -> set[str] | None:
    """Keys that `**part()` adds, None where they cannot be read."""
    parts = (
        [v for k, v in zip(node.keys, node.values, strict=True) if k is None]
        if isinstance(node, ast.Dict)
        else [k.value for k in node.keywords if k.arg is None]
    )
    found: set[str] = set()
    for part in parts:
        site = function.by_call.get(part) if isinstance(part, ast.Call) else None
        target = site.target if site is not None and not site.is_guess else None
        if target is None:
            return None
        if any(isinstance(n, ast.Dict) and None in n.keys for n in target.nodes):
            return None
        found |= {snake(word) for statement in target.body for word in strings_in(statement)}
    return found


def _adds_leg(node: ast.AST) -> bool:
    """`body["positionIdx"] = leg`, `body.update(positionIdx=leg)`."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        return bool(_IDX.search(snake(str(constant(node.slice)))))
    if isinstance(node, ast.Call) and last_name(node.func) in {"update", "setdefault"}:
        return any(_IDX.search(snake(str(word))) for word in strings_in(node)) or any(
            keyword.arg is None or _IDX.search(snake(keyword.arg)) for keyword in node.keywords
        )
    return False


def _stop_call(context: Context, site: CallSite) -> None:
    """`session.set_trading_stop(category=..., symbol=..., stopLoss=...)`, as pybit has it."""
    if snake(site.name) not in {"set_trading_stop", "trading_stop"} or site.target is not None:
        return
    words = {snake(keyword.arg) if keyword.arg else None for keyword in site.node.keywords}
    if None in words or site.node.args or not {"category", "symbol"} <= words:
        return
    if words & _STOP and not any(_IDX.search(word) for word in words if word):
        what = f"{ast.unparse(site.node.func)} sets a stop without position_idx"
        context.report("T01", site.function.module, site.node, what)
