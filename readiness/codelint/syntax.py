"""Small questions about syntax trees: dotted text, constants, arguments, names.

Everything here looks at one node and its children; nothing resolves a name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

__all__ = [
    "FunctionNode",
    "argument",
    "calls_in",
    "constant",
    "dict_entries",
    "dotted",
    "is_constant",
    "last_name",
    "leaf_text",
    "mentions",
    "names_in",
    "snake",
    "strings_in",
    "walk_same_scope",
]

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=65536)
def snake(name: str) -> str:
    """`positionIdx` as `position_idx`, in lower case, so that one pattern reads both styles."""
    return _HUMP.sub("_", name).lower()


def dotted(node: ast.AST | None) -> str:
    """`self.a.b` for an attribute chain; calls and subscripts keep their base; "" for the rest."""
    parts: list[str] = []
    while node is not None:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Name):
            parts.append(node.id)
            return ".".join(reversed(parts))
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, (ast.Subscript, ast.Await, ast.Starred)):
            node = node.value
        else:
            break
    return ".".join(reversed(parts))


def last_name(node: ast.AST | None) -> str:
    """The last word of a name or attribute chain, "" where there is none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    return ""


def leaf_text(node: ast.AST | None) -> str:
    """What a value is called: the last attribute, a string subscript, or a `.get("key")`."""
    if isinstance(node, ast.Subscript):
        return str(constant(node.slice) or last_name(node.slice) or leaf_text(node.value))
    if isinstance(node, ast.Call):
        if last_name(node.func) in {"get", "getattr", "pop"} and node.args:
            return str(constant(node.args[-1 if len(node.args) == 1 else 0]) or "")
        return last_name(node.func)
    if isinstance(node, (ast.Await, ast.Starred)):
        return leaf_text(node.value)
    return last_name(node)


def constant(node: ast.AST | None) -> object:
    """The value of a literal (a negative number included), None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = constant(node.operand)
        return -inner if isinstance(inner, (int, float)) else None
    return None


def is_constant(node: ast.AST | None, *values: object) -> bool:
    """Whether the node is a literal equal to one of the values, of the same type."""
    if not isinstance(node, (ast.Constant, ast.UnaryOp)):
        return False
    found = constant(node)
    if found is None:
        return isinstance(node, ast.Constant) and any(value is None for value in values)
    return any(found == value and type(found) is type(value) for value in values)


def argument(call: ast.Call, *names: str, position: int | None = None) -> ast.expr | None:
    """The value passed under one of the keyword names, or at the position."""
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    if position is not None and position < len(call.args):
        found = call.args[position]
        return None if isinstance(found, ast.Starred) else found
    return None


def dict_entries(node: ast.AST | None) -> Iterator[tuple[str, ast.expr]]:
    """The string keys and values of a dict display or a `dict(...)` call."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            name = constant(key)
            if isinstance(name, str):
                yield name, value
    elif isinstance(node, ast.Call) and last_name(node.func) == "dict":
        for keyword in node.keywords:
            if keyword.arg:
                yield keyword.arg, keyword.value


def walk_same_scope(node: ast.AST) -> Iterator[ast.AST]:
    """The node and what is inside it in source order, without the bodies of inner functions."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if current is not node and isinstance(current, _SCOPES):
            continue
        found: list[ast.AST] = []
        for name in current._fields:
            value = getattr(current, name, None)
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found.extend(item for item in value if isinstance(item, ast.AST))
        found.reverse()
        stack.extend(found)


def calls_in(*nodes: ast.AST) -> Iterator[ast.Call]:
    """Calls inside the nodes, in source order, without the bodies of inner functions."""
    for node in nodes:
        for inner in walk_same_scope(node):
            if isinstance(inner, ast.Call):
                yield inner


def names_in(node: ast.AST) -> set[str]:
    """The plain names read inside a node."""
    return {inner.id for inner in walk_same_scope(node) if isinstance(inner, ast.Name)}


def strings_in(node: ast.AST) -> Iterator[str]:
    """String literals inside a node, the literal parts of f-strings included."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def mentions(node: ast.AST, pattern: re.Pattern[str]) -> bool:
    """Whether a name, attribute, keyword or string inside the node matches, in snake case."""
    for inner in ast.walk(node):
        word = ""
        if isinstance(inner, ast.Name):
            word = inner.id
        elif isinstance(inner, ast.Attribute):
            word = inner.attr
        elif isinstance(inner, ast.keyword):
            word = inner.arg or ""
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            word = inner.value
        if word and pattern.search(snake(word)):
            return True
    return False
