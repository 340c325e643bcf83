"""M01 and M02: features that know the future."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.program import CallSite, Function
from readiness.codelint.syntax import (
    argument,
    constant,
    dict_entries,
    is_constant,
    leaf_text,
    snake,
)

__all__ = ["check"]

_LABEL = re.compile(r"label|target|(^|_)y(_|$)|future|outcome|barrier|horizon_return")
_CENTRED = frozenset(
    {"savgol_filter", "filtfilt", "sosfiltfilt", "gaussian_filter1d", "uniform_filter1d", "medfilt"}
    | {"argrelextrema", "hilbert", "seasonal_decompose", "hpfilter", "detrend", "lowess"}
)
_RUNNING = frozenset({"cummax", "cummin", "cumsum", "rolling", "expanding", "ewm", "cumprod"})


def check(context: Context) -> None:
    """Report features that read later rows, and windows that lie half in the future."""
    for function in context.functions():
        for site in function.calls:
            _look_ahead(context, site)
            _runs_backwards(context, site)
            _centred(context, site)
        for node in function.nodes:
            if isinstance(node, ast.Subscript):
                _later_index(context, function, node)
            elif isinstance(node, ast.Assign):
                _moved_back(context, function, node)


def _called(function: Function, node: ast.AST) -> str:
    """What the value becomes: its assignment's name, else the function's."""
    statement = function.module.statement(node)
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        return snake(leaf_text(target))
    return ""


def _is_negative(node: ast.AST | None) -> bool:
    value = constant(node)
    if isinstance(value, (int, float)):
        return value < 0
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _look_ahead(context: Context, site: CallSite) -> None:
    function = site.function
    if site.name == "transform" and "groupby" in site.receiver:
        _whole_group(context, site)
        return
    if site.name in {"shift", "pct_change", "diff"}:
        steps = argument(site.node, "periods", "n", position=0)
    elif site.name == "roll" and site.external.startswith(("numpy", "torch")):
        steps = argument(site.node, "shift", "shifts", position=1)
    else:
        return
    if not _is_negative(_constant_of(steps, function)) or isinstance(site.node.func, ast.Name):
        return
    if _LABEL.search(snake(function.name)) or _LABEL.search(_called(function, site.node)):
        return
    context.report(
        "M01", function.module, site.node, f"{ast.unparse(site.node)[:60]} reads later rows"
    )


def _whole_group(context: Context, site: CallSite) -> None:
    """`groupby("day")["high"].transform("max")`: the morning knows the evening's high."""
    what = argument(site.node, "func", position=0)
    words = f"{snake(site.function.name)} {_called(site.function, site.node)}"
    is_whole = is_constant(what, "max", "min", "mean", "std", "last", "sum", "median", "var")
    if is_whole and not _LABEL.search(words):
        message = f"{ast.unparse(site.node)[:60]} reads later rows of the group"
        context.report("M01", site.function.module, site.node, message)


def _constant_of(node: ast.expr | None, function: Function) -> ast.expr | None:
    """The expression behind a name that is bound once."""
    if isinstance(node, ast.Name):
        bindings = function.bindings.get(node.id) or function.module.body.bindings.get(node.id, [])
        if len(bindings) == 1:
            return bindings[0].expression
    return node


def _later_index(context: Context, function: Function, node: ast.Subscript) -> None:
    """`closes[i + 1]`, `closes[i : i + 5]`, and a running window over the reversed series."""
    words = f"{snake(function.name)}"
    if not re.search(r"feature|indicator|signal", words) or _LABEL.search(words):
        return
    if _LABEL.search(_called(function, node)) or not isinstance(node.ctx, ast.Load):
        return
    index = node.slice.upper if isinstance(node.slice, ast.Slice) else node.slice
    if isinstance(node.slice, ast.Slice) and node.slice.lower is None:
        index = None
    if (
        isinstance(index, ast.BinOp)
        and isinstance(index.op, ast.Add)
        and isinstance(index.left, ast.Name)
        and "col" not in index.left.id
        and isinstance(constant(index.right), (int, type(None)))
        and (constant(index.right) or isinstance(index.right, ast.Name))
    ):
        is_slice = isinstance(node.slice, ast.Slice)
        if not (is_slice and constant(index.right) == 1):
            context.report("M01", function.module, node, f"{ast.unparse(node)} reads later rows")


def _moved_back(context: Context, function: Function, node: ast.Assign) -> None:
    """`out[:-1] = closes[1:] - closes[:-1]`: each row is given the next one's value."""
    target = node.targets[0]
    if not isinstance(target, ast.Subscript) or not isinstance(target.slice, ast.Slice):
        return
    if target.slice.lower is not None or not _is_negative(target.slice.upper):
        return
    words = f"{snake(function.name)} {snake(leaf_text(target.value))}"
    if _LABEL.search(words):
        return
    for inner in ast.walk(node.value):
        if isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Slice):
            first = constant(inner.slice.lower)
            if isinstance(first, int) and first > 0 and inner.slice.upper is None:
                what = f"{ast.unparse(target)} is computed from later rows"
                context.report("M01", function.module, node, what)
                return


def _is_reversed(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Slice)
        and is_constant(node.slice.step, -1)
    )


def _runs_backwards(context: Context, site: CallSite) -> None:
    if site.name not in _RUNNING or not isinstance(site.node.func, ast.Attribute):
        return
    function = site.function
    if any(_is_reversed(n) for n in ast.walk(site.node.func.value)) and not _LABEL.search(
        f"{snake(function.name)} {_called(function, site.node)}"
    ):
        context.report(
            "M01", function.module, site.node, f"{site.name} runs from the last row back"
        )


def _centred(context: Context, site: CallSite) -> None:
    if re.search(r"plot|chart|draw|smooth_for_display", snake(site.function.name)):
        return
    centre = None
    if site.name == "rolling":
        centre = argument(site.node, "center", position=2) or _spread(site, "center")
    elif site.name.startswith("rolling_"):
        centre = argument(site.node, "center") or _spread(site, "center")
    elif site.name == "gradient" and site.external.startswith("numpy"):
        centre = ast.Constant(value=True)
    elif site.name in {"convolve", "fftconvolve", "correlate"}:
        mode = argument(site.node, "mode", position=2)
        if is_constant(mode, "same"):
            centre = ast.Constant(value=True)
    elif site.name in _CENTRED and (
        site.external.startswith(("scipy", "statsmodels")) or site.external == ""
    ):
        centre = ast.Constant(value=True)
    if is_constant(centre, True):
        context.report(
            "M02",
            site.function.module,
            site.node,
            f"the window of {site.name} lies half in the future",
        )


def _spread(site: CallSite, name: str) -> ast.expr | None:
    """The value of a keyword that comes out of `**NAME`, a dictionary of the module."""
    for keyword in site.node.keywords:
        if keyword.arg is None and isinstance(keyword.value, ast.Name):
            bindings = site.function.module.body.bindings.get(keyword.value.id, [])
            for binding in bindings:
                for key, value in dict_entries(binding.expression):
                    if key == name:
                        return value
    return None
