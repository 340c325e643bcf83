"""M08: features that training and serving compute each in its own way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from readiness.codelint.context import Context
from readiness.codelint.program import Function
from readiness.codelint.syntax import constant, snake

__all__ = ["check"]

_FEATURE = re.compile(r"feature|indicator|preprocess|transform_row|build_row|prepare_input")


def check(context: Context) -> None:
    """Report features that differ between two places."""
    _twice(context)
    _whole(context)
    _lists(context)


def _twice(context: Context) -> None:
    by_column: dict[str, list[tuple[Function, ast.stmt, str]]] = {}
    for function in context.functions():
        if not function.is_body and _FEATURE.search(snake(function.name)):
            for name, statement, text in _columns(function):
                by_column.setdefault(name, []).append((function, statement, text))
    for name, places in sorted(by_column.items()):
        modules = {function.module for function, _, _ in places}
        if len(modules) < 2 or len({text for _, _, text in places}) < 2:
            continue
        for function, statement, text in places:
            others = [
                (other, node)
                for other, node, spelled in places
                if other.module is not function.module
                and spelled != text
                and _are_twins(function, other)
            ]
            if others:
                other, node = others[0]
                context.report(
                    "M08",
                    function.module,
                    statement,
                    f"feature {name} is computed otherwise in {other.module.path}",
                    chain=[(other.module, node, other.name)],
                )


def _whole(context: Context) -> None:
    """Functions of one name, in two places, that compute features without naming them."""
    by_name: dict[str, list[Function]] = {}
    for function in context.functions():
        if (
            not function.is_body
            and _FEATURE.search(snake(function.name))
            and not any(True for _ in _columns(function))
            and len(function.nodes) > 12
        ):
            by_name.setdefault(function.name.strip("_"), []).append(function)
    for functions in by_name.values():
        for function in functions:
            for other in functions:
                if other.module is function.module or not _are_apart(function, other):
                    continue
                if _body_text(function, other) != _body_text(other, function):
                    context.report(
                        "M08",
                        function.module,
                        function.node,
                        f"{function.name} computes otherwise in {other.module.path}",
                        chain=[(other.module, other.node, other.name)],
                    )


def _body_text(function: Function, twin: Function) -> str:
    """The formulas of a body; with its parameters, where both call them the same."""
    own, others = ({p.arg for p in f.parameters()} - {"self", "cls"} for f in (function, twin))
    names = frozenset(own) if own == others else frozenset[str]()
    return " ".join(_formula(s, names) for s in function.body if not _is_text(s))


def _lists(context: Context) -> None:
    """One list of features, written in two places in two orders."""
    found: dict[str, list[tuple[Function, ast.stmt, list[str]]]] = {}
    for module in context.program.modules.values():
        for statement in () if module.is_test else module.tree.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                words = _words(statement.value)
                if words and re.search(r"FEATURE|COLUMNS|INPUTS", name):
                    found.setdefault(name, []).append((module.body, statement, words))
    for name, places in found.items():
        for body, statement, words in places:
            for other, node, others in places:
                if words != others and set(words) & set(others) and _are_apart(body, other):
                    what = f"{name} is another list in {other.module.path}"
                    chain = [(other.module, node, name)]
                    context.report("M08", body.module, statement, what, chain=chain)


def _words(node: ast.expr) -> list[str]:
    """The strings of a literal list or tuple of at least two, [] for anything else."""
    elements = node.elts if isinstance(node, (ast.List, ast.Tuple)) else []
    words = [value for e in elements if isinstance(value := constant(e), str)]
    return words if len(words) == len(elements) > 1 else []


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _columns(function: Function) -> Iterator[tuple[str, ast.stmt, str]]:
    """Columns that the function assigns, `out["rsi"] = …`, with the formula's text."""
    for node in function.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            name = constant(node.targets[0].slice)
            if isinstance(name, str):
                yield name, node, _formula(node.value)
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                name = constant(key)
                if isinstance(name, str):
                    yield name, node, _formula(value)


def _formula(value: ast.AST, names: frozenset[str] = frozenset()) -> str:
    """The formula with its own names taken out, so that only numbers and operations count."""
    parts = []
    for node in ast.walk(value):
        if isinstance(node, ast.Name) and node.id in names:
            parts.append(node.id)
        if isinstance(node, ast.Constant):
            parts.append(repr(node.value))
        elif isinstance(node, ast.Attribute):
            parts.append(node.attr)
        elif isinstance(node, ast.operator):
            parts.append(type(node).__name__)
        elif isinstance(node, ast.keyword):
            parts.append(node.arg or "**")
    return " ".join(parts)


def _are_apart(left: Function, right: Function) -> bool:
    """One trains and the other serves."""
    words = [snake(f"{f.module.path} {f.qualname}") for f in (left, right)]
    trains = [bool(re.search(r"train|fit|offline|research|dataset|backtest", w)) for w in words]
    serves = [bool(re.search(r"serv|live|predict|infer|online|realtime", w)) for w in words]
    return (trains[0] and serves[1]) or (trains[1] and serves[0])


def _are_twins(left: Function, right: Function) -> bool:
    """The same name, or one trains and the other serves."""
    if left.name == right.name:
        return True
    return _are_apart(left, right)
