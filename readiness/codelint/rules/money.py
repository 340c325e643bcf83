"""T08 and T09: binary fractions for money, and quantities rounded upwards."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.program import Class, Function
from readiness.codelint.syntax import argument, constant, last_name, leaf_text, mentions, snake

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
_FLOAT_ROOMS = re.compile(
    r"(^|/)(features?|ml|indicators?|models?_?training|training|research|notebooks?|plots?|charts?|"
    r"analytics|backtest\w*|statistics|dashboards?)(/|_|\.py)"
)
_QTY = re.compile(r"(^|_)(qty|quantity|lots?|contracts|position_size|order_size|size|amount)(_|$)")
_OTHER_SIZE = re.compile(
    r"(page|batch|window|font|chunk|pool|queue|buffer|file|sample|cache|block|max|step|tick|min|"
    r"margin|fee|notional|required|figure|image|text|step)_?(size|amount)?|usd_?value"
)
_PRICED = re.compile(r"(^|_)(price|px|value|notional|cost|fee|commission|margin|pnl)(_|$)")
_MONEY_STEP = re.compile(r"money|usd|cent|currency|quote|price|tick")
_COSTS = frozenset({"commission", "fee", "fees", "margin", "cost", "funding"})
_SHOWN = re.compile(
    r"(^|_)(show|print|display|format_(row|table|status|message|report|summary)|table|summary|"
    r"report|status|describe|render|history|notify|notification|alert|log|message|__str__|"
    r"__repr__|repr|caption|dashboard|command|cmd|view)(_|$)"
)
_SHOWN_ROOM = re.compile(
    r"(^|/)(ui|cli|commands?|telegram|notif\w*|reports?|reporting|views?|dashboards?|templates?|"
    r"web|display)(/|_|\.py)"
)
_SHOWS = frozenset(
    {"print", "info", "debug", "warning", "error", "log", "exception", "critical", "notify"}
    | {"send_message", "reply_text", "write", "add_row"}
)
_PURSE = re.compile(r"(^|_)(balances?|wallet|account|portfolio|funds)(_|$)")
_PARTS = frozenset({"available", "free", "used", "total", "locked", "frozen", "withdrawable"})
_UP = frozenset({"ROUND_UP", "ROUND_HALF_UP", "ROUND_CEILING", "ROUND_HALF_EVEN", "ROUND_05UP"})


def check(context: Context) -> None:
    """Report money in floats, and risk that is rounded upwards."""
    for function in context.functions():
        float_room = bool(_FLOAT_ROOMS.search(function.module.path))
        if not float_room:
            _parameters(context, function)
        for node in function.nodes:
            if isinstance(node, ast.Call):
                if not float_room:
                    _conversion(context, function, node)
                _rounded(context, function, node)
                _format_call(context, function, node)
            elif isinstance(node, ast.JoinedStr) and len(node.values) == 1:
                _printed(context, function, node)
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
                _formatted(context, function, node)
            elif isinstance(node, ast.BinOp):
                _ceiling(context, function, node)
            if isinstance(node, ast.BinOp) and not float_room:
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
            context.report("T08", function.module, node, f"{subject} is turned into a float")
    elif name == "Decimal" and isinstance(constant(value), float):
        context.report("T08", function.module, node, "Decimal of a binary fraction keeps its error")


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


# T09


def _rounded(context: Context, function: Function, node: ast.Call) -> None:
    name = last_name(node.func)
    if name == "int" and isinstance(node.func, ast.Name):
        _half_up(context, function, node)
        return
    if name == "max" and len(node.args) == 2:
        _bumped(context, function, node)
        return
    if name == "round" and (
        _SHOWN.search(snake(function.name)) or _SHOWN_ROOM.search(function.module.path)
    ):
        return
    if name in {"round", "around", "ceil"}:
        subject = node.args[0] if node.args else None
    elif name in {"quantize", "to_integral_value", "to_integral"}:
        subject = node.func.value if isinstance(node.func, ast.Attribute) else None
        rounding = argument(node, "rounding", position=1 if name == "quantize" else 0)
        rounding = _behind(rounding, function)
        mode = last_name(rounding) or str(constant(rounding) or "")
        if mode and mode not in _UP:
            return
        if rounding is None and name != "quantize":
            return
    else:
        return
    if subject is not None and _is_quantity(function, node, subject):
        context.report(
            "T09", function.module, node, f"{ast.unparse(node)[:80]} may round a quantity upwards"
        )


def _behind(node: ast.expr | None, function: Function) -> ast.expr | None:
    """The value of a constant of the module, where a name stands for one."""
    made = function.module.body.bindings.get(node.id, []) if isinstance(node, ast.Name) else []
    known = [b.expression for b in made if b.expression is not None]
    return known[0] if len(made) == 1 and known else node


def _numerator(node: ast.expr) -> set[str]:
    """The words above the line of a fraction."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.FloorDiv)):
        node = node.left
    return {snake(last_name(n)) for n in ast.walk(node) if isinstance(n, (ast.Name, ast.Attribute))}


def _formatted(context: Context, function: Function, node: ast.BinOp) -> None:
    """`"%.3f" % quantity` rounds to the nearest, which may be upwards."""
    pattern = constant(node.left)
    if isinstance(node.left, ast.JoinedStr):
        pattern = re.sub(r"\{[^}]*\}", "0", ast.unparse(node.left)[2:-1])
    if (
        isinstance(pattern, str)
        and re.fullmatch(r"%\.\d+f", pattern)
        and _is_sent(function, node, node.right)
    ):
        context.report(
            "T09", function.module, node, f"{ast.unparse(node)} may round a quantity upwards"
        )


def _format_call(context: Context, function: Function, node: ast.Call) -> None:
    """`"{:.3f}".format(quantity)` and `format(quantity, ".3f")`."""
    subject: ast.expr | None = None
    if isinstance(node.func, ast.Attribute) and node.func.attr == "format" and len(node.args) == 1:
        pattern = constant(node.func.value)
        if isinstance(pattern, str) and re.fullmatch(r"\{0?:\.\d+f\}", pattern):
            subject = node.args[0]
    elif last_name(node.func) == "format" and len(node.args) == 2:
        is_fixed = re.fullmatch(r"\.\d+f", str(constant(node.args[1])))
        subject = node.args[0] if is_fixed else None
    if subject is not None and _is_sent(function, node, subject):
        what = f"{ast.unparse(node)} may round a quantity upwards"
        context.report("T09", function.module, node, what)


def _is_sent(function: Function, node: ast.AST, subject: ast.expr) -> bool:
    """A quantity that is not only shown to people."""
    if not _QTY.search(snake(leaf_text(subject))):
        return False
    if _SHOWN.search(snake(function.name)) or _SHOWN_ROOM.search(function.module.path):
        return False
    return not any(
        isinstance(a, ast.Call) and last_name(a.func) in _SHOWS
        for a in function.module.ancestors(node)
    )


def _printed(context: Context, function: Function, node: ast.JoinedStr) -> None:
    """`f"{quantity:.3f}"` and nothing else: a number for the wire, rounded to the nearest."""
    value = node.values[0]
    if not isinstance(value, ast.FormattedValue) or value.format_spec is None:
        return
    spec = ast.unparse(value.format_spec)
    if re.fullmatch(r"f'\.(\d+|\{.*\})f'", spec) and _is_sent(function, node, value.value):
        context.report(
            "T09", function.module, node, f"{ast.unparse(node)} may round a quantity upwards"
        )


def _bumped(context: Context, function: Function, node: ast.Call) -> None:
    """`max(quantity, min_quantity)`: what risk allowed is raised to what the exchange accepts."""
    words = [snake(leaf_text(value)) for value in node.args]
    for sized, floor in (words, words[::-1]):
        is_floor = re.search(r"(^|_)min(imum)?(_|$)", floor) and _QTY.search(floor)
        if is_floor and _QTY.search(sized) and not _OTHER_SIZE.search(sized):
            what = f"{ast.unparse(node)} raises a quantity that risk has limited"
            context.report("T09", function.module, node, what)
            return


def _ceiling(context: Context, function: Function, node: ast.BinOp) -> None:
    """`(size + step - 1) // step` and `-(-size // step)`."""
    if not isinstance(node.op, ast.FloorDiv):
        return
    step = ast.unparse(node.right)
    left = node.left
    adds = (
        isinstance(left, ast.BinOp)
        and isinstance(left.op, ast.Sub)
        and isinstance(left.left, ast.BinOp)
        and isinstance(left.left.op, ast.Add)
        and ast.unparse(left.left.right) == step
    )
    outer = function.module.parents.get(node)
    negates = (
        isinstance(left, ast.UnaryOp)
        and isinstance(left.op, ast.USub)
        and isinstance(outer, ast.UnaryOp)
        and isinstance(outer.op, ast.USub)
    )
    words = {
        snake(last_name(n)) for n in ast.walk(left) if isinstance(n, (ast.Name, ast.Attribute))
    }
    if (adds or negates) and any(_QTY.search(w) and not _OTHER_SIZE.search(w) for w in words):
        what = f"{ast.unparse(node)} rounds a quantity upwards"
        context.report("T09", function.module, node, what)


def _half_up(context: Context, function: Function, node: ast.Call) -> None:
    """`int(x + 0.5)` rounds upwards half of the time."""
    value = node.args[0] if node.args else None
    if (
        isinstance(value, ast.BinOp)
        and isinstance(value.op, ast.Add)
        and re.search(r"\b0?\.5\b", ast.unparse(value.right))
        and _is_quantity(function, node, value)
    ):
        context.report(
            "T09",
            function.module,
            node,
            f"{ast.unparse(node)[:80]} may round a quantity upwards",
        )


def _is_quantity(function: Function, node: ast.Call, subject: ast.expr) -> bool:
    words = {
        snake(last_name(n)) for n in ast.walk(subject) if isinstance(n, (ast.Name, ast.Attribute))
    }
    if any(_PRICED.search(word) for word in _numerator(subject)):
        return False
    if any(re.search(r"(^|_)(page|batch|chunk|window|buffer|file)(_|$)", word) for word in words):
        return False
    steps = [value for value in node.args if value is not subject]
    if any(mentions(value, _MONEY_STEP) for value in steps) or snake(function.name) in _COSTS:
        return False
    if any(_QTY.search(word) and not _OTHER_SIZE.search(word) for word in words):
        return not isinstance(function.module.parents.get(node), ast.FormattedValue)
    if isinstance(function.module.parents.get(node), ast.FormattedValue):
        return False
    names = {snake(function.name)}
    statement = function.module.statement(node)
    if isinstance(statement, ast.Assign):
        names = {snake(leaf_text(target)) for target in statement.targets}
        if names & {"steps", "lots", "units", "step_count", "multiples"}:
            names.add(snake(function.name))
    elif not isinstance(statement, ast.Return):
        return False
    return any(_QTY.search(word) and not _OTHER_SIZE.search(word) for word in names)
