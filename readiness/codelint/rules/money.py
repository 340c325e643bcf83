"""T08: binary fractions for money."""

from __future__ import annotations

import ast
import re

from readiness.check import Severity
from readiness.codelint.context import Context
from readiness.codelint.program import Class, Function
from readiness.codelint.syntax import constant, dict_entries, last_name, leaf_text, snake

__all__ = ["check"]

_MONEY = re.compile(
    r"(^|_)(price|px|qty|quantity|amount|balance|equity|pnl|fees?|commission|notional|margin|"
    r"stop_loss|take_profit|wallet|entry|exposure|order_size|position_size|cash|trigger_price)(_|$)"
)
_NO_MONEY = re.compile(
    r"ratio|pct|percent|bps|factor|multiplier|score|weight|prob|confidence|count|_ms$|_s$|"
    r"timeout|interval|change|returns?|std|mean|zscore|normalized|decimals|precision|rate|_fn$|"
    r"threshold|features?|column|idx|level|ma_|_ma$|momentum|volatility|history_size|page|batch"
)
# What draws needs floats, and sends no order.
_DRAWS = re.compile(r"^\s*(import|from) (matplotlib|plotly|seaborn|bokeh)\b", re.MULTILINE)
_FLOAT_ROOMS = re.compile(
    r"(^|/)(features?|ml|indicators?|models?_?training|training|research|notebooks?|plots?|charts?|"
    r"analytics|backtest\w*|statistics|dashboards?)(/|_|\.py)"
)
_PURSE = re.compile(r"(^|_)(balances?|wallet|account|portfolio|funds)(_|$)")
_ORDER_TYPE = frozenset({"order_type", "ord_type", "time_in_force"})
_PARTS = frozenset({"available", "free", "used", "total", "locked", "frozen", "withdrawable"})


def check(context: Context) -> None:
    """Report money in floats."""
    modules = context.program.modules.values()
    drawing = {id(module) for module in modules if _DRAWS.search(module.text)}
    for function in context.functions():
        if _FLOAT_ROOMS.search(function.module.path) or id(function.module) in drawing:
            continue
        _parameters(context, function)
        for node in function.nodes:
            if isinstance(node, ast.Call):
                _conversion(context, function, node)
            elif isinstance(node, ast.BinOp):
                _product(context, function, node)
    for found in context.program.classes():
        if not found.module.is_test and not _FLOAT_ROOMS.search(found.module.path):
            _fields(context, found)


def _is_money(name: str) -> bool:
    word = snake(name)
    return bool(_MONEY.search(word)) and not _NO_MONEY.search(word)


def _is_purse(owner: str, name: str) -> bool:
    """`Balance.available`: the class says that its plain words are money."""
    return bool(_PURSE.search(snake(owner))) and snake(name) in _PARTS


def _is_float(annotation: ast.expr | None) -> bool:
    if isinstance(annotation, ast.BinOp):
        return _is_float(annotation.left) or _is_float(annotation.right)
    if isinstance(annotation, ast.Subscript) and last_name(annotation.value) == "Optional":
        return _is_float(annotation.slice)
    return isinstance(annotation, ast.Name) and annotation.id == "float"


def _parameters(context: Context, function: Function) -> None:
    for node in function.nodes:
        if isinstance(node, ast.AnnAssign) and _is_float(node.annotation):
            if _is_money(last_name(node.target)) and not isinstance(
                function.module.parents.get(node), ast.ClassDef
            ):
                context.report("T08", function.module, node, f"{last_name(node.target)} is a float")
        elif (
            isinstance(node, ast.Assign)
            and isinstance(constant(node.value), float)
            and _is_money(last_name(node.targets[0]))
        ):
            context.report(
                "T08",
                function.module,
                node,
                f"{last_name(node.targets[0])} starts as a binary fraction",
            )
    for parameter in function.parameters():
        if _is_money(parameter.arg) and _is_float(parameter.annotation):
            context.report("T08", function.module, parameter, f"{parameter.arg} is a float")


def _fields(context: Context, found: Class) -> None:
    for statement in found.node.body:
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and (_is_money(statement.target.id) or _is_purse(found.name, statement.target.id))
            and _is_float(statement.annotation)
        ):
            context.report(
                "T08", found.module, statement, f"{found.name}.{statement.target.id} is a float"
            )
        value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
        if isinstance(value, ast.Call) and last_name(value.func) in {"Column", "mapped_column"}:
            kinds = {last_name(a.func if isinstance(a, ast.Call) else a) for a in value.args}
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            if isinstance(statement, ast.AnnAssign):
                target = statement.target
            if kinds & {"Float", "REAL", "DOUBLE", "Double", "DOUBLE_PRECISION"} and _is_money(
                last_name(target)
            ):
                context.report(
                    "T08",
                    found.module,
                    statement,
                    f"{found.name}.{last_name(target)} is stored as a float",
                )


def _conversion(context: Context, function: Function, node: ast.Call) -> None:
    name = last_name(node.func)
    if name == "map" and len(node.args) == 2 and last_name(node.args[0]) == "float":
        subject = leaf_text(node.args[1])
        if _is_money(subject):
            what = f"{subject} are turned into floats"
            context.report("T08", function.module, node, what)
    if len(node.args) != 1 or node.keywords or not isinstance(node.func, ast.Name):
        return
    value = node.args[0]
    if name == "float":
        subject = leaf_text(value)
        if isinstance(value, ast.BoolOp):
            subject = leaf_text(value.values[0])
        if _is_money(subject):
            weight = Severity.HIGH if _is_sent(function, node) else None
            what = f"{subject} is turned into a float"
            context.report("T08", function.module, node, what, severity=weight)
    elif name == "Decimal" and isinstance(constant(value), float):
        context.report("T08", function.module, node, "Decimal of a binary fraction keeps its error")


def _is_sent(function: Function, node: ast.Call) -> bool:
    """The float is a field of an order's request, where small amounts are spelled 1e-05."""
    parents = function.module.parents
    made: ast.AST = node
    while isinstance(parents.get(made), ast.IfExp):
        made = parents[made]
    outer = parents.get(made)
    is_text = isinstance(outer, ast.Call) and last_name(outer.func) in {"str", "repr", "format"}
    if is_text and outer is not None:
        made, outer = outer, parents.get(outer)
    while isinstance(outer, ast.IfExp):
        made, outer = outer, parents.get(outer)
    if isinstance(outer, ast.keyword):
        outer = parents.get(outer)
    if isinstance(outer, ast.Dict):
        words = {snake(key) for key, _ in dict_entries(outer)}
    elif isinstance(outer, ast.Call) and made not in outer.args:
        words = {snake(keyword.arg) for keyword in outer.keywords if keyword.arg}
    else:
        return False
    is_order = {"symbol", "side"} <= words or {"inst_id", "side"} <= words
    return is_order and (is_text or bool(words & _ORDER_TYPE))


def _product(context: Context, function: Function, node: ast.BinOp) -> None:
    if not isinstance(node.op, (ast.Mult, ast.Div)):
        return
    for money, factor in ((node.left, node.right), (node.right, node.left)):
        if (
            isinstance(constant(factor), float)
            and isinstance(money, (ast.Name, ast.Attribute))
            and _is_money(last_name(money))
        ):
            context.report(
                "T08",
                function.module,
                node,
                f"{ast.unparse(node)} multiplies money by a binary fraction",
            )
            return
