"""T09: quantities that rounding, formatting or a minimum makes larger than risk allowed."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.program import Function
from readiness.codelint.syntax import argument, constant, last_name, leaf_text, mentions, snake

__all__ = ["check"]

_STEP = re.compile(r"step|lot|tick|increment|precision|unit|min_qty|contract|scale|decimals|digits")
_NOISE_DIGITS = 8  # Rounding that fine only takes the noise off a float.
_QTY = re.compile(r"(^|_)(qty|quantity|lots?|contracts|position_size|order_size|size|amount)(_|$)")
_OTHER_SIZE = re.compile(
    r"(page|batch|window|font|chunk|pool|queue|buffer|file|sample|cache|block|max|step|tick|min|"
    r"margin|fee|notional|required|figure|image|text|step|average|avg|mean|median|trade_count)"
    r"_?(size|amount)?|usd_?value"
)
_PRICED = re.compile(r"(^|_)(price|px|value|notional|cost|fee|commission|margin|pnl)(_|$)")
_MONEY_STEP = re.compile(r"money|usd|cent|currency|quote|price|tick")
_COSTS = frozenset({"commission", "fee", "fees", "margin", "cost", "funding"})
_SHOWN = re.compile(
    r"(^|_)(show|print|display|format_(row|table|status|message|report|summary)|table|summary|"
    r"report|status|describe|render|history|notify|notification|alert|log|message|__str__|"
    r"__repr__|repr|caption|dashboard|command|cmd|view|to_string|to_json|to_dict|as_dict|serialize|"
    r"statistics|stats|metrics|pretty)(_|$)"
)
_SHOWN_ROOM = re.compile(
    r"(^|/)(ui|cli|commands?|telegram|notif\w*|reports?|reporting|views?|dashboards?|templates?|"
    r"web|display)(/|_|\.py)"
)
_SHOWS = frozenset(
    {"print", "info", "debug", "warning", "error", "log", "exception", "critical", "notify"}
    | {"send_message", "reply_text", "write", "add_row"}
)
_UP = frozenset({"ROUND_UP", "ROUND_HALF_UP", "ROUND_CEILING", "ROUND_HALF_EVEN", "ROUND_05UP"})


def check(context: Context) -> None:
    """Report risk that is rounded upwards."""
    for function in context.functions():
        for node in function.nodes:
            if isinstance(node, ast.Call):
                _rounded(context, function, node)
                _format_call(context, function, node)
            elif isinstance(node, ast.JoinedStr) and len(node.values) == 1:
                _printed(context, function, node)
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
                _formatted(context, function, node)
            elif isinstance(node, ast.BinOp):
                _ceiling(context, function, node)


def _rounded(context: Context, function: Function, node: ast.Call) -> None:
    name = last_name(node.func)
    if name == "int" and isinstance(node.func, ast.Name):
        _half_up(context, function, node)
        return
    if name == "max" and len(node.args) == 2:
        _bumped(context, function, node)
        return
    if name == "round" and _is_shown_or_compared(function, node):
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


def _is_shown_or_compared(function: Function, node: ast.Call) -> bool:
    """Rounded for people, for a comparison, or so finely that only float noise goes."""
    if _SHOWN.search(snake(function.name)) or _SHOWN_ROOM.search(function.module.path):
        return True
    digits = constant(node.args[1]) if len(node.args) > 1 else None
    if isinstance(digits, int) and digits >= _NOISE_DIGITS:
        return True
    for ancestor in function.module.ancestors(node):
        if isinstance(ancestor, (ast.Compare, ast.JoinedStr)):
            return True
        if isinstance(ancestor, ast.Call) and last_name(ancestor.func) in _SHOWS:
            return True
        if isinstance(ancestor, ast.stmt):
            return False
    return False


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


def _is_ratio(subject: ast.expr) -> bool:
    """A quantity divided by something that is no step counts things, and is no quantity."""
    if not isinstance(subject, ast.BinOp) or not isinstance(subject.op, ast.Div):
        return False
    below = {
        snake(last_name(n))
        for n in ast.walk(subject.right)
        if isinstance(n, (ast.Name, ast.Attribute))
    }
    return bool(below) and not any(_STEP.search(word) for word in below)


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
    if any(isinstance(n, ast.Call) and last_name(n.func) == "len" for n in ast.walk(subject)):
        return False
    is_sized = any(_QTY.search(word) and not _OTHER_SIZE.search(word) for word in words)
    if is_sized and not _is_ratio(subject):
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
