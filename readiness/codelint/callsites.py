"""Links a program: base classes, every call site with what it reaches, and who calls whom.

A call on a receiver of unknown type is linked by name when the tree has exactly one method of that
name and the name is no everyday word; such a link is marked as a guess.
"""

from __future__ import annotations

import ast

from readiness.codelint.inferred import InferredTypes
from readiness.codelint.program import CallSite, Class, Function, Program
from readiness.codelint.reaches import add_reaches
from readiness.codelint.refs import Ref, RefKind
from readiness.codelint.resolve import Resolver
from readiness.codelint.syntax import dotted, last_name

__all__ = ["link", "strongly_connected"]


def link(program: Program, resolver: Resolver, types: InferredTypes | None = None) -> None:
    """Fill base classes, call sites, callers and references of the whole program.

    Calls that the light resolution leaves open are asked of `types` before they are guessed.
    """
    modules = list(program.modules.values())
    for module in modules:
        module.siblings = modules
    for found in program.classes():
        _link_bases(found, resolver)
        for method in found.methods.values():
            program.methods.setdefault(method.name, []).append(method)
            if any(last_name(d) in {"property", "cached_property"} for d in method.decorators):
                program.properties.add(method.name)
    for function in program.functions():
        for node in function.nodes:
            if isinstance(node, ast.Call):
                _link_call(node, function, program, resolver, types)
            elif isinstance(node, (ast.Name, ast.Attribute)):
                _link_reference(node, function, program, resolver)
    add_reaches(program, resolver)


def _link_bases(found: Class, resolver: Resolver) -> None:
    for base in found.node.bases:
        target = base.value if isinstance(base, ast.Subscript) else base
        ref = resolver.expression(target, found.scope)
        if ref is None:
            found.outer_bases.append(dotted(target))
        elif ref.found is not None and ref.kind is RefKind.CLASS:
            if found not in ref.found.lineage():
                found.bases.append(ref.found)
                ref.found.subclasses.append(found)
        elif ref.outside:
            found.outer_bases.append(ref.outside)


def _link_call(
    node: ast.Call,
    function: Function,
    program: Program,
    resolver: Resolver,
    types: InferredTypes | None,
) -> None:
    func = node.func
    site = CallSite(
        node=node,
        function=function,
        name=last_name(func),
        receiver=dotted(func.value) if isinstance(func, ast.Attribute) else "",
        is_awaited=isinstance(function.module.parents.get(node), ast.Await),
    )
    ref = resolver.expression(func, function)
    if types is not None and _is_open(ref):
        ref = types.called(node, function) or ref
    _apply(site, ref)
    if ref is None and isinstance(func, ast.Attribute):
        site.target = _only_method(func.attr, program)
        site.is_guess = site.target is not None
    function.calls.append(site)
    function.by_call[node] = site
    if site.target is not None:
        program.callers.setdefault(site.target, []).append(site)
        for override in _overrides(site.target):
            program.callers.setdefault(override, []).append(site)


def _is_open(ref: Ref | None) -> bool:
    """Whether nothing is known, or only that a builtin function answered something."""
    return ref is None or (ref.outside.startswith("builtins.") and "()" in ref.outside)


def _apply(site: CallSite, ref: Ref | None) -> None:
    if ref is None:
        return
    if ref.function is not None:
        site.target = ref.function
    elif ref.kind is RefKind.CLASS and ref.found is not None:
        site.constructs = ref.found
        site.target = ref.found.method("__init__") or ref.found.method("__post_init__")
    elif ref.kind is RefKind.INSTANCE and ref.found is not None:
        site.target = ref.found.method("__call__")
    else:
        site.external = ref.outside


def _only_method(name: str, program: Program) -> Function | None:
    """The single method of that name in the tree, unless the name is an everyday word."""
    if "_" not in name.strip("_"):
        return None
    candidates = program.methods.get(name, [])
    return candidates[0] if len(candidates) == 1 else None


def _overrides(target: Function) -> list[Function]:
    if target.owner is None:
        return []
    return [
        child.methods[target.name]
        for child in target.owner.descendants()
        if target.name in child.methods
    ]


def _link_reference(
    node: ast.Name | ast.Attribute, function: Function, program: Program, resolver: Resolver
) -> None:
    """Note functions that are mentioned without being called: callbacks, thread targets."""
    parent = function.module.parents.get(node)
    if isinstance(parent, ast.Call) and parent.func is node:
        return
    if not isinstance(parent, (ast.Call, ast.keyword, ast.Tuple, ast.List, ast.Dict)):
        return
    if (
        isinstance(node, ast.Attribute)
        and node.attr not in program.methods
        and isinstance(node.value, ast.Name)
        and node.value.id in {"self", "cls"}
    ):
        return
    ref = resolver.expression(node, function)
    if ref is not None and ref.function is not None:
        program.references.setdefault(ref.function, []).append((function, node))


def strongly_connected(program: Program) -> list[list[Function]]:
    """Components of the call graph, callees before callers (Tarjan, without recursion)."""
    order: dict[Function, int] = {}
    low: dict[Function, int] = {}
    on_stack: set[Function] = set()
    stack: list[Function] = []
    components: list[list[Function]] = []
    for start in program.functions():
        if start in order:
            continue
        work = [(start, iter(_callees(start)))]
        order[start] = low[start] = len(order)
        stack.append(start)
        on_stack.add(start)
        while work:
            function, callees = work[-1]
            callee = next(callees, None)
            if callee is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[function])
                if low[function] == order[function]:
                    components.append(_pop_component(function, stack, on_stack))
            elif callee not in order:
                order[callee] = low[callee] = len(order)
                stack.append(callee)
                on_stack.add(callee)
                work.append((callee, iter(_callees(callee))))
            elif callee in on_stack:
                low[function] = min(low[function], order[callee])
    return components


def _pop_component(
    root: Function, stack: list[Function], on_stack: set[Function]
) -> list[Function]:
    component: list[Function] = []
    while True:
        member = stack.pop()
        on_stack.discard(member)
        component.append(member)
        if member is root:
            return component


def _callees(function: Function) -> list[Function]:
    found: list[Function] = []
    for site in function.calls:
        if site.target is not None:
            found.append(site.target)
            found.extend(_overrides(site.target))
    found.extend(reach.target for reach in function.reaches)
    return found
