"""Reads one syntax tree in a single pass into modules, classes, functions and bindings.

The pass uses a stack of its own, so that deeply nested source costs memory and never the
interpreter's recursion limit.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from readiness.codelint.program import Binding, BindKind, Class, Function, Module

__all__ = ["DEPTH_MAX", "TooDeepError", "index_module"]

# Real code stays below 60; beyond this the tree is generated, and recursive readers would fail.
DEPTH_MAX = 180
_CONTEXTS = (ast.Load, ast.Store, ast.Del, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class TooDeepError(Exception):
    """The syntax tree is nested more deeply than real source ever is."""


@dataclass(slots=True)
class _Place:
    """Where the pass stands: the function that owns the nodes, and the class being defined."""

    function: Function
    owner: Class | None


def index_module(module: Module) -> None:
    """Fill the module with its functions, classes, bindings and parent links.

    Raises TooDeepError when the tree is nested beyond `DEPTH_MAX`.
    """
    module.body = Function(
        name="<module>", qualname=module.name, module=module, node=module.tree, parent=None
    )
    module.functions.append(module.body)
    start = _Place(module.body, None)
    stack: list[tuple[ast.AST, _Place, int]] = []
    for statement in reversed(module.tree.body):
        stack.append((statement, start, 1))
        module.parents[statement] = module.tree
    while stack:
        node, place, depth = stack.pop()
        if depth > DEPTH_MAX:
            raise TooDeepError
        _visit(module, node, place)
        for child, inner in reversed(_children(module, node, place)):
            module.parents[child] = node
            stack.append((child, inner, depth + 1))


def _visit(module: Module, node: ast.AST, place: _Place) -> None:
    place.function.nodes.append(node)
    handler = _HANDLERS.get(type(node))
    if handler is not None:
        handler(module, node, place)


def _children(module: Module, node: ast.AST, place: _Place) -> list[tuple[ast.AST, _Place]]:
    if isinstance(node, _FUNCTIONS):
        return _function_children(module, node, place)
    if isinstance(node, ast.ClassDef):
        return _class_children(module, node, place)
    found: list[tuple[ast.AST, _Place]] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            if not isinstance(value, _CONTEXTS):
                found.append((value, place))
        elif isinstance(value, list):
            found.extend(
                (item, place)
                for item in value
                if isinstance(item, ast.AST) and not isinstance(item, _CONTEXTS)
            )
    return found


def _function_children(
    module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, place: _Place
) -> list[tuple[ast.AST, _Place]]:
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    prefix = place.owner.qualname if place.owner else place.function.qualname
    function = Function(
        name=name,
        qualname=f"{prefix}.{name}",
        module=module,
        node=node,
        owner=place.owner if not isinstance(node, ast.Lambda) else None,
        parent=place.function,
        is_async=isinstance(node, ast.AsyncFunctionDef),
    )
    module.functions.append(function)
    place.function.inner.append(function)
    function.home = function.owner or place.function.home
    if function.home is not None:
        function.home.functions.append(function)
    if isinstance(node, ast.Lambda):
        module.lambdas[node] = function
    else:
        _bind_definition(place, name, node, function)
    outer: list[ast.AST] = [] if isinstance(node, ast.Lambda) else [*node.decorator_list]
    outer += [*node.args.defaults, *(value for value in node.args.kw_defaults if value)]
    for parameter in function.parameters():
        function.bindings.setdefault(parameter.arg, []).append(
            Binding(
                kind=BindKind.PARAMETER,
                node=parameter,
                scope=function,
                expression=parameter.annotation,
            )
        )
    inside: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else [*node.body]
    inner = _Place(function, None)
    return [*((child, place) for child in outer), *((child, inner) for child in inside)]


def _bind_definition(place: _Place, name: str, node: ast.AST, function: Function) -> None:
    if place.owner is not None:
        is_setter = any(
            isinstance(decorator, ast.Attribute) and decorator.attr in {"setter", "deleter"}
            for decorator in function.decorators
        )
        if not is_setter:
            place.owner.methods[name] = function
        return
    place.function.bindings.setdefault(name, []).append(
        Binding(kind=BindKind.FUNCTION, node=node, scope=place.function, target=function)
    )


def _class_children(
    module: Module, node: ast.ClassDef, place: _Place
) -> list[tuple[ast.AST, _Place]]:
    prefix = place.owner.qualname if place.owner else place.function.qualname
    found = Class(
        name=node.name,
        qualname=f"{prefix}.{node.name}",
        module=module,
        node=node,
        scope=place.function,
    )
    module.classes.append(found)
    place.function.bindings.setdefault(node.name, []).append(
        Binding(kind=BindKind.CLASS, node=node, scope=place.function, target=found)
    )
    outer: list[ast.AST] = [*node.decorator_list, *node.bases]
    outer += [keyword.value for keyword in node.keywords]
    inner = _Place(place.function, found)
    return [*((child, place) for child in outer), *((child, inner) for child in node.body)]


def _bind(place: _Place, target: ast.AST, kind: BindKind, value: ast.expr | None) -> None:
    if isinstance(target, ast.Name):
        _bind_name(place, target, kind, value)
    elif isinstance(target, ast.Attribute):
        _bind_attribute(place, target, kind, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _bind_parts(place, target, kind, value)
    elif isinstance(target, ast.Starred):
        _bind(place, target.value, kind, None)
    elif isinstance(target, ast.Subscript) and value is not None:
        _hold(place, target.value, value)
        if isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str):
            _put(place, target.slice.value, target, value)


def _bind_name(place: _Place, target: ast.Name, kind: BindKind, value: ast.expr | None) -> None:
    function = place.function
    binding = Binding(kind=kind, node=target, scope=function, expression=value)
    if place.owner is not None:
        place.owner.attributes.setdefault(target.id, []).append(binding)
    elif target.id in function.globals:
        function.module.body.bindings.setdefault(target.id, []).append(binding)
    else:
        function.bindings.setdefault(target.id, []).append(binding)


def _bind_attribute(
    place: _Place, target: ast.Attribute, kind: BindKind, value: ast.expr | None
) -> None:
    owner = place.function.home
    is_own = isinstance(target.value, ast.Name) and target.value.id in {"self", "cls"}
    if is_own and owner is not None:
        owner.attributes.setdefault(target.attr, []).append(
            Binding(kind=kind, node=target, scope=place.function, expression=value)
        )
    elif not is_own and value is not None:
        _put(place, target.attr, target, value)


def _bind_parts(
    place: _Place, target: ast.Tuple | ast.List, kind: BindKind, value: ast.expr | None
) -> None:
    pairs = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
    if kind is BindKind.ITERATION and len(target.elts) == 2:
        pairs = [ast.Constant(value=None), _second(value)]
    for position, element in enumerate(target.elts):
        paired = pairs[position] if len(pairs) == len(target.elts) else None
        _bind(place, element, kind, paired)
        if kind is BindKind.VALUE and isinstance(value, (ast.Call, ast.Await)):
            _unpack(place, element, (value, position))


def _put(place: _Place, name: str, target: ast.AST, value: ast.expr) -> None:
    """Note what is put into an object from outside, under an attribute or a key."""
    binding = Binding(BindKind.VALUE, target, place.function, value)
    place.function.module.placed.setdefault(name, []).append(binding)


def _unpack(place: _Place, element: ast.expr, part: tuple[ast.expr, int]) -> None:
    """Remember which part of a call's answer a name or attribute of self was given."""
    owner = place.function.home
    if isinstance(element, ast.Name):
        bindings = place.function.bindings.get(element.id, [])
    elif isinstance(element, ast.Attribute) and owner is not None:
        bindings = owner.attributes.get(element.attr, [])
    else:
        return
    for binding in bindings:
        if binding.node is element:
            binding.unpacked = part


def _hold(place: _Place, container: ast.AST, value: ast.expr) -> None:
    """Note what a container of this function or of its object is given to hold."""
    binding = Binding(BindKind.VALUE, container, place.function, value)
    if isinstance(container, ast.Name):
        place.function.elements.setdefault(container.id, []).append(binding)
    elif isinstance(container, ast.Attribute) and isinstance(container.value, ast.Name):
        owner = place.function.home
        if owner is not None and container.value.id in {"self", "cls"}:
            owner.elements.setdefault(container.attr, []).append(binding)


def _call(module: Module, node: ast.AST, place: _Place) -> None:
    if not isinstance(node, ast.Call):
        return
    func = node.func
    name = func.attr if isinstance(func, ast.Attribute) else ""
    name = func.id if isinstance(func, ast.Name) else name
    if name:
        module.called.setdefault(name, []).append((node, place.function))
    if isinstance(func, ast.Attribute) and len(node.args) == 1 and name in _FILLERS:
        _hold(place, func.value, node.args[0])


def _second(value: ast.expr | None) -> ast.expr:
    """What the second name of `for k, v in d.items()` and `for i, x in enumerate(xs)` runs over."""
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr == "items"
    ):
        values = ast.Attribute(value=value.func.value, attr="values", ctx=ast.Load())
        made = ast.Call(func=ast.copy_location(values, value), args=[], keywords=[])
        return ast.copy_location(made, value)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.args:
        return value.args[0] if value.func.id == "enumerate" else ast.Constant(value=None)
    return ast.Constant(value=None)


def _assign(_module: Module, node: ast.AST, place: _Place) -> None:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            _bind(place, target, BindKind.VALUE, node.value)
    elif isinstance(node, ast.AnnAssign):
        _bind(place, node.target, BindKind.ANNOTATION, node.annotation)
        if node.value is not None:
            _bind(place, node.target, BindKind.VALUE, node.value)
    elif isinstance(node, ast.AugAssign):
        _bind(place, node.target, BindKind.DELETED, None)
    elif isinstance(node, ast.NamedExpr):
        _bind(place, node.target, BindKind.VALUE, node.value)


def _iterate(_module: Module, node: ast.AST, place: _Place) -> None:
    if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        _bind(place, node.target, BindKind.ITERATION, node.iter)


def _enter(_module: Module, node: ast.AST, place: _Place) -> None:
    if isinstance(node, (ast.With, ast.AsyncWith)):
        for item in node.items:
            if item.optional_vars is not None:
                _bind(place, item.optional_vars, BindKind.CONTEXT, item.context_expr)


def _import(module: Module, node: ast.AST, place: _Place) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            name = alias.asname or alias.name.split(".")[0]
            dotted = alias.name if alias.asname else name
            _bind_import(place, name, node, dotted)
    elif isinstance(node, ast.ImportFrom):
        base = _absolute(module, node)
        for alias in node.names:
            if alias.name == "*":
                module.stars.append(base)
            else:
                origin = f"{base}.{alias.name}" if base else alias.name
                _bind_import(place, alias.asname or alias.name, node, origin)


def _bind_import(place: _Place, name: str, node: ast.AST, dotted: str) -> None:
    place.function.bindings.setdefault(name, []).append(
        Binding(kind=BindKind.IMPORT, node=node, scope=place.function, dotted=dotted)
    )


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".") if module.name else []
    drop = node.level - (1 if module.is_package else 0)
    parts = parts[: len(parts) - drop] if drop else parts
    return ".".join([*parts, *([node.module] if node.module else [])])


def _declare_global(_module: Module, node: ast.AST, place: _Place) -> None:
    if isinstance(node, ast.Global):
        place.function.globals.update(node.names)


def _suspend(_module: Module, node: ast.AST, place: _Place) -> None:
    if isinstance(node, (ast.Yield, ast.YieldFrom)):
        place.function.is_generator = True
    else:
        place.function.has_await = True


def _enter_async(module: Module, node: ast.AST, place: _Place) -> None:
    place.function.has_await = True
    _enter(module, node, place)
    _iterate(module, node, place)


_FILLERS = frozenset({"append", "add", "appendleft"})
_HANDLERS = {
    ast.Call: _call,
    ast.Assign: _assign,
    ast.AnnAssign: _assign,
    ast.AugAssign: _assign,
    ast.NamedExpr: _assign,
    ast.For: _iterate,
    ast.AsyncFor: _enter_async,
    ast.comprehension: _iterate,
    ast.With: _enter,
    ast.AsyncWith: _enter_async,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.Global: _declare_global,
    ast.Await: _suspend,
    ast.Yield: _suspend,
    ast.YieldFrom: _suspend,
}
