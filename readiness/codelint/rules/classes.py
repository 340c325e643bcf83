"""M09: the column of a class probability taken for another class."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.program import Function, Module
from readiness.codelint.syntax import (
    constant,
    dict_entries,
    is_constant,
    last_name,
    leaf_text,
    names_in,
    snake,
)

__all__ = ["check"]

_UP = re.compile(r"(^|_)(up|long|buy|bull|bullish|rise)(_|$)")
_DOWN = re.compile(r"(^|_)(down|short|sell|bear|bearish|fall)(_|$)")


def check(context: Context) -> None:
    """Report probabilities read under the wrong class."""
    for function in context.functions():
        for node in function.nodes:
            if isinstance(node, (ast.Subscript, ast.Assign)):
                _swapped(context, function, node)
            elif isinstance(node, (ast.Dict, ast.Call)):
                _swapped_entries(context, function, node)


def _up_first(context: Context, module: Module) -> bool:
    """Whether the module itself declares that the upward class is number 0."""
    key = f"upward class first in {module.path}"
    if key not in context.facts:
        context.facts[key] = any(
            _UP.search(snake(name)) and is_constant(value, 0)
            for node in ast.walk(module.tree)
            for name, value in dict_entries(node)
        )
    return bool(context.facts[key])


def _is_probability(node: ast.AST, function: Function, depth: int = 0) -> bool:
    """A result of predict_proba, of one row or of all."""
    if depth > 4:
        return False
    if isinstance(node, (ast.Await, ast.Subscript)):
        if isinstance(node, ast.Subscript) and not _is_row(node.slice):
            return False
        return _is_probability(node.value, function, depth + 1)
    if isinstance(node, ast.Call):
        return last_name(node.func) == "predict_proba"
    if isinstance(node, ast.Name):
        return any(
            binding.expression is not None
            and binding.expression is not node
            and _is_probability(binding.expression, function, depth + 1)
            for binding in function.bindings.get(node.id, [])
            if binding.kind.name == "VALUE"
        )
    return False


def _is_row(node: ast.expr) -> bool:
    return is_constant(node, 0, -1)


def _column(node: ast.Subscript, function: Function) -> int | None:
    """The class column that is read: `p[:, 1]`, `p[0][1]`, `p[0, 1]`, or `row[1]`."""
    index = node.slice
    if isinstance(index, ast.Tuple) and len(index.elts) == 2:
        number = constant(index.elts[1])
        return number if isinstance(number, int) and _is_probability(node.value, function) else None
    number = constant(index)
    if not isinstance(number, int):
        return None
    inner = node.value
    if isinstance(inner, ast.Subscript) and _is_probability(inner, function):
        return number
    if isinstance(inner, ast.Name):
        for binding in function.bindings.get(inner.id, []):
            if isinstance(binding.expression, ast.Subscript) and _is_probability(
                binding.expression, function
            ):
                return number
    return None


def _swapped(context: Context, function: Function, node: ast.Subscript | ast.Assign) -> None:
    if isinstance(node, ast.Assign):
        _swapped_names(context, function, node)
        return
    column = _column(node, function)
    if column in (0, 1):
        name = _target_name(function, node) or snake(function.name)
        wrong = _DOWN if column == 1 else _UP
        if (
            wrong.search(name)
            and not _up_first(context, function.module)
            and "classes_" not in (function.module.text if column else "")
        ):
            context.report(
                "M09",
                function.module,
                node,
                f"column {column} of predict_proba is taken for {name}",
            )
    elif (names := _class_names(function, node)) and not _up_first(context, function.module):
        words = [snake(str(constant(element) or "")) for element in names]
        if (
            words
            and _UP.search(words[0])
            and _DOWN.search(words[-1])
            and "predict" in ast.unparse(function.node)
        ):
            context.report(
                "M09",
                function.module,
                node,
                f"class 0 is called {words[0]}; classes are sorted",
            )


def _class_names(function: Function, node: ast.Subscript) -> list[ast.expr]:
    """The literal list that is indexed by a class, in place or as a constant of the module."""
    held: ast.expr | None = node.value
    if isinstance(held, ast.Name) and "argmax" in ast.unparse(node.slice):
        made = function.module.body.bindings.get(held.id, [])
        held = made[0].expression if len(made) == 1 else None
    return held.elts if isinstance(held, (ast.List, ast.Tuple)) else []


def _swapped_entries(context: Context, function: Function, node: ast.Dict | ast.Call) -> None:
    """`{"up": proba[0], "down": proba[1]}`, `Signal(up=proba[0])`."""
    pairs = list(dict_entries(node))
    if isinstance(node, ast.Call):
        pairs = [(k.arg, k.value) for k in node.keywords if k.arg]
    for name, value in pairs:
        inner = value.args[0] if isinstance(value, ast.Call) and len(value.args) == 1 else value
        column = _column(inner, function) if isinstance(inner, ast.Subscript) else None
        wrong = {0: _UP, 1: _DOWN}.get(column) if column is not None else None
        if (
            wrong is not None
            and wrong.search(snake(name))
            and not _up_first(context, function.module)
        ):
            if column and "classes_" in function.module.text:
                continue
            what = f"column {column} of predict_proba is taken for {name}"
            context.report("M09", function.module, value, what)
            return


def _target_name(function: Function, node: ast.AST) -> str:
    """The name that this very value is unpacked into."""
    statement = function.module.statement(node)
    if not isinstance(statement, ast.Assign):
        return ""
    target = statement.targets[0]
    if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
        for element, value in zip(target.elts, statement.value.elts, strict=False):
            if any(inner is node for inner in ast.walk(value)):
                return snake(leaf_text(element))
    return snake(leaf_text(target))


def _swapped_names(context: Context, function: Function, node: ast.Assign) -> None:
    """`p_up, p_down = model.predict_proba(row)[0]`."""
    target = node.targets[0]
    if not isinstance(target, ast.Tuple) or len(target.elts) < 2:
        return
    if isinstance(node.value, ast.Tuple) or not _is_probability(node.value, function):
        return
    names = [" ".join(names_in(element)) for element in target.elts]
    first, last = snake(names[0]), snake(names[-1])
    if _UP.search(first) and _DOWN.search(last) and not _up_first(context, function.module):
        context.report(
            "M09", function.module, node, f"column 0 of predict_proba is taken for {first}"
        )
