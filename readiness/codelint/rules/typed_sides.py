"""T04: a side of one type handed to what expects the other type of side."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from readiness.codelint.context import Context
from readiness.codelint.program import CallSite, Class, Function
from readiness.codelint.refs import RefKind
from readiness.codelint.syntax import snake

__all__ = ["check"]

_SIDES = re.compile(r"(^|_)(side|leg|direction)(_|$)")


def check(context: Context) -> None:
    """Report sides that cross between an order's type and a position's."""
    for function in context.functions():
        for site in function.calls:
            for annotation, scope, value in _pairs(site):
                wanted = _enum(context, annotation, scope, is_annotation=True)
                given = _enum(context, value, function, is_annotation=False)
                if wanted is not None and given is not None and wanted is not given:
                    what = (
                        f"{ast.unparse(value)} is a {given.name}, and a {wanted.name} is expected"
                    )
                    context.report("T04", function.module, value, what)
        for node in function.nodes:
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
                _keyed(context, function, node, node.value.id)


def _pairs(site: CallSite) -> Iterator[tuple[ast.expr, Function, ast.expr]]:
    """Annotations of parameters or fields, each with the argument that is given for it."""
    target, made = site.target, site.constructs
    expected: dict[str, ast.expr] = {}
    if target is not None and not site.is_guess:
        scope = target
        parameters = list(target.parameters())
        if target.owner is not None and parameters and parameters[0].arg in {"self", "cls"}:
            parameters = parameters[1:]
        order = [p.arg for p in parameters]
        expected = {p.arg: p.annotation for p in parameters if p.annotation is not None}
    elif made is not None:
        scope = made.scope
        fields = [s for s in made.node.body if isinstance(s, ast.AnnAssign)]
        named = [(s.target.id, s.annotation) for s in fields if isinstance(s.target, ast.Name)]
        order, expected = [name for name, _ in named], dict(named)
    else:
        return
    pairs = [*zip(order, site.node.args, strict=False)]
    pairs += [(k.arg, k.value) for k in site.node.keywords if k.arg]
    for name, value in pairs:
        if name in expected and not isinstance(value, ast.Starred):
            yield expected[name], scope, value


def _enum(
    context: Context, node: ast.expr, scope: Function, *, is_annotation: bool
) -> Class | None:
    """The enum of sides that an annotation names, or that a value is a member of."""
    if is_annotation:
        ref = context.resolver.annotation(node, scope)
    elif isinstance(node, ast.Attribute):
        ref = context.resolver.expression(node.value, scope)
        is_member = ref is not None and ref.kind is RefKind.CLASS and node.attr.isupper()
        ref = ref if is_member else context.resolver.expression(node, scope)
    else:
        ref = context.resolver.expression(node, scope) if isinstance(node, ast.Name) else None
    found = ref.found if ref is not None else None
    if found is None or not any("Enum" in base for base in found.outer_bases):
        return None
    return found if _SIDES.search(snake(found.name)) else None


def _keyed(context: Context, function: Function, node: ast.Subscript, name: str) -> None:
    """`OPPOSITE[leg]` where the keys of the table are sides of orders."""
    made = function.module.body.bindings.get(name, [])
    table = made[0].expression if len(made) == 1 else None
    if not isinstance(table, ast.Dict) or not table.keys or table.keys[0] is None:
        return
    wanted = _enum(context, table.keys[0], function.module.body, is_annotation=False)
    given = _enum(context, node.slice, function, is_annotation=False)
    if wanted is not None and given is not None and wanted is not given:
        what = f"{name} is keyed by {wanted.name}, and asked by a {given.name}"
        context.report("T04", function.module, node, what)
