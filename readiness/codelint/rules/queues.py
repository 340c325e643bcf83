"""D41: queues without a bound that are waited on without a deadline."""

from __future__ import annotations

import ast
from itertools import pairwise

from readiness.codelint.context import Context
from readiness.codelint.program import Binding, BindKind, CallSite, Class, Function
from readiness.codelint.syntax import argument, constant, dotted, last_name, names_in
from readiness.codelint.time_limits import deadline_around

__all__ = ["check"]

_QUEUES = frozenset({"asyncio.Queue", "asyncio.PriorityQueue", "asyncio.LifoQueue"}) | {
    "asyncio.queues.Queue"
}


def check(context: Context) -> None:
    """Report waits that end only if somebody puts something."""
    for function in context.functions():
        if function.is_async:
            for site in function.calls:
                _queue(context, site)


def _queue(context: Context, site: CallSite) -> None:
    func = site.node.func
    if site.name != "get" or site.node.args or site.node.keywords:
        return
    if not isinstance(func, ast.Attribute) or not _is_waited_on(site):
        return
    if deadline_around(site.node, site.function, context.resolver):
        return
    kind = context.outside(func.value, site.function)
    if kind and kind not in _QUEUES:
        return
    bound = _is_bounded(context, func.value, site.function)
    if bound is False and not (_has_sentinel(site) or _is_ended(context, site)):
        context.report(
            "D41",
            site.function.module,
            site.node,
            f"{ast.unparse(func.value)} has no bound and is waited on without a deadline",
        )


def _is_waited_on(site: CallSite) -> bool:
    parent = site.function.module.parents.get(site.node)
    if isinstance(parent, ast.Call):
        return last_name(parent.func) in {"gather", "create_task", "shield", "ensure_future"}
    return site.is_awaited


def _is_bounded(context: Context, node: ast.expr, function: Function) -> bool | None:
    """Whether the queue was made with a maximum size; None where its making is not seen."""
    bindings: list[Binding] = []
    if isinstance(node, ast.Subscript):
        return _is_bounded(context, node.value, function)
    if isinstance(node, ast.Attribute):
        ref = context.resolver.expression(node.value, function)
        if ref is not None and ref.found is not None:
            for ancestor in ref.found.lineage():
                bindings += ancestor.attributes.get(node.attr, [])
                bindings += _stored(ancestor, node.attr)
    elif isinstance(node, ast.Name):
        scope: Function | None = function
        while scope is not None and node.id not in scope.bindings:
            scope = scope.parent
        bindings = scope.bindings[node.id] if scope else []
    for binding in _origins(context, bindings):
        call = binding.expression
        made = _made_queue(context, call, binding.scope)
        if made is not None:
            size = argument(made, "maxsize", position=0)
            number = constant(size)
            return size is not None and not (isinstance(number, int) and number <= 0)
        if isinstance(call, ast.Call) and any(
            k.arg == "default_factory" and last_name(k.value).endswith("Queue")
            for k in call.keywords
        ):
            return False
    return None


def _stored(owner: Class, attribute: str) -> list[Binding]:
    """`self.queues[name] = asyncio.Queue()` in any method."""
    return [
        Binding(BindKind.VALUE, node, method, node.value)
        for method in owner.methods.values()
        for node in method.nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Subscript)
        and dotted(node.targets[0].value) == f"self.{attribute}"
    ]


def _origins(context: Context, bindings: list[Binding]) -> list[Binding]:
    """The bindings, with names followed to their own, and parameters to what callers pass."""
    found: list[Binding] = []
    for binding in bindings:
        name = binding.expression
        parameter = binding.node.arg if isinstance(binding.node, ast.arg) else ""
        if binding.kind is BindKind.IMPORT:
            origin, _, word = binding.dotted.rpartition(".")
            module = context.resolver.find_module(origin, binding.scope.module)
            found += module.body.bindings.get(word, []) if module is not None else []
        if isinstance(name, ast.Name):
            inner = binding.scope.bindings.get(name.id, [])
            parameter = next((b.node.arg for b in inner if isinstance(b.node, ast.arg)), "")
            found += [b for b in inner if not isinstance(b.node, ast.arg)]
        if parameter:
            found += _passed(context, binding.scope, parameter)
        found.append(binding)
    return found


def _passed(context: Context, function: Function, parameter: str) -> list[Binding]:
    found: list[Binding] = _default_of(function, parameter)
    names = [p.arg for p in function.parameters()]
    offset = 1 if names and names[0] in {"self", "cls"} else 0
    for site in context.program.callers.get(function, []):
        value = argument(site.node, parameter, position=names.index(parameter) - offset)
        if isinstance(value, ast.Name):
            found += site.function.bindings.get(value.id, [])
        elif value is not None:
            found.append(Binding(BindKind.VALUE, site.node, site.function, value))
    return found


def _default_of(function: Function, parameter: str) -> list[Binding]:
    """What the parameter is when nobody passes it."""
    arguments = function.arguments
    if arguments is None:
        return []
    positional = [*arguments.posonlyargs, *arguments.args]
    tail = positional[len(positional) - len(arguments.defaults) :]
    pairs = [*zip(tail, arguments.defaults, strict=True)]
    pairs += [(p, d) for p, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d]
    return [
        Binding(BindKind.VALUE, default, function, default)
        for each, default in pairs
        if each.arg == parameter
    ]


def _made_queue(context: Context, node: ast.expr | None, scope: Function) -> ast.Call | None:
    """The call that makes the queue: direct, of each value of a mapping, or inside a factory."""
    if isinstance(node, (ast.DictComp, ast.ListComp)):
        inner = node.value if isinstance(node, ast.DictComp) else node.elt
        return _made_queue(context, inner, scope)
    if not isinstance(node, ast.Call):
        return None
    if last_name(node.func).endswith("Queue"):
        kind = context.outside(node.func, scope)
        return node if kind in _QUEUES or not kind else None
    if last_name(node.func) == "defaultdict" and node.args:
        kind = last_name(node.args[0])
        made = ast.Call(func=node.args[0], args=[], keywords=[])
        return ast.copy_location(made, node) if kind.endswith("Queue") else None
    ref = context.resolver.expression(node.func, scope)
    factory = ref.function if ref is not None else None
    for statement in factory.body if factory is not None else []:
        if isinstance(statement, ast.Return) and factory is not None:
            return _returned_queue(context, statement.value, factory)
    return None


def _returned_queue(context: Context, value: ast.expr | None, factory: Function) -> ast.Call | None:
    """The queue that a factory returns, by itself or by its name."""
    if isinstance(value, ast.Name):
        made = [b.expression for b in factory.bindings.get(value.id, []) if b.expression]
        value = made[0] if len(made) == 1 else None
    return _made_queue(context, value, factory) if isinstance(value, ast.Call) else None


def _has_sentinel(site: CallSite) -> bool:
    """`if item is None: break` right after the wait: the producer can end it."""
    statement = site.function.module.statement(site.node)
    if not isinstance(statement, ast.Assign):
        return False
    names = {n for t in statement.targets for n in names_in(t)}
    for node in site.function.nodes:
        if isinstance(node, ast.If) and names_in(node.test) & names:
            is_identity = any(
                isinstance(op, ast.Is)
                for c in ast.walk(node.test)
                if isinstance(c, ast.Compare)
                for op in c.ops
            )
            if is_identity and isinstance(node.body[-1], (ast.Break, ast.Return)):
                return True
    return False


def _is_ended(context: Context, site: CallSite) -> bool:
    """`while (item := await queue.get()) is not END`, and a `finally` that always puts END."""
    around = list(site.function.module.ancestors(site.node))
    loop = next((n for n in around if isinstance(n, ast.stmt)), None)
    if not isinstance(loop, ast.While):
        return False
    marks = {
        ast.unparse(node.comparators[-1])
        for node in around
        if isinstance(node, ast.Compare) and isinstance(node.ops[-1], ast.IsNot)
    }
    holder = site.receiver.rpartition(".")[2]
    return any(
        put.name in {"put", "put_nowait"}
        and put.receiver.rpartition(".")[2] == holder
        and any(ast.unparse(value) in marks for value in put.node.args)
        and _is_in_finally(put)
        for put in (context.call_sites() if marks else ())
    )


def _is_in_finally(site: CallSite) -> bool:
    module = site.function.module
    above = [site.node, *module.ancestors(site.node)]
    return any(
        isinstance(outer, (ast.Try, ast.TryStar)) and inner in outer.finalbody
        for inner, outer in pairwise(above)
    )
