"""D01 to D04: coroutines that are called and lost."""

from __future__ import annotations

import ast

from readiness.codelint.callsites import is_coroutine_function
from readiness.codelint.context import Context
from readiness.codelint.program import CallSite, Function, Module
from readiness.codelint.refs import RefKind
from readiness.codelint.syntax import snake

__all__ = ["check"]

_OUTSIDE = frozenset(
    {
        "asyncio.sleep",
        "asyncio.wait_for",
        "asyncio.wait",
        "asyncio.to_thread",
        "asyncio.Lock.acquire",
    }
    | {"asyncio.Queue.get", "asyncio.Queue.put", "asyncio.Queue.join", "asyncio.Event.wait"}
    | {"asyncio.Semaphore.acquire", "asyncio.open_connection", "asyncio.StreamWriter.drain"}
    | {"asyncio.StreamReader.read", "aiohttp.ClientSession.close", "httpx.AsyncClient.aclose"}
    | {"asyncpg.connect", "asyncpg.Pool.execute", "asyncpg.Pool.fetch", "asyncpg.Pool.close"}
    | {"asyncio.StreamReader.readline", "asyncio.StreamWriter.wait_closed", "anyio.sleep"}
    | {"asyncpg.Connection.execute", "asyncpg.Connection.fetch", "asyncpg.Connection.fetchrow"}
    | {"websockets.connect().send", "websockets.connect().recv", "websockets.connect().close"}
)


def check(context: Context) -> None:
    """Report coroutines whose result nobody awaits."""
    for module in context.program.modules.values():
        for function in module.functions:
            for site in function.calls:
                if not site.is_awaited and _gives_coroutine(site):
                    _judge(context, site)


def _gives_coroutine(site: CallSite) -> bool:
    if site.external in _OUTSIDE:
        return True
    if site.constructs is not None or not is_coroutine_function(site.target):
        return False
    return not site.is_guess or (site.function.is_async and _resembles(site))


def _resembles(site: CallSite) -> bool:
    """The receiver of unknown type is called like the only class that has the method."""
    owner = site.target.owner if site.target is not None else None
    words = set(snake(owner.name).split("_")) if owner is not None else set()
    return bool(words & set(snake(site.receiver.rpartition(".")[2]).split("_")))


def _judge(context: Context, site: CallSite) -> None:
    module = site.function.module
    parent = module.parents.get(site.node)
    spelled = ast.unparse(site.node.func)
    if isinstance(parent, ast.Expr):
        rule = "D04" if _is_of_attribute(context, site) else "D01"
        context.report(rule, module, site.node, f"{spelled}(...) is called and never awaited")
    elif _is_condition(parent, site.node):
        context.report("D03", module, site.node, f"{spelled}(...) is a coroutine, always true")
    elif isinstance(parent, (ast.Compare, ast.BinOp, ast.Subscript, ast.Attribute)):
        if isinstance(parent, ast.Attribute) and parent.attr in {
            "close",
            "send",
            "throw",
            "cr_frame",
            "__await__",
        }:
            return
        context.report(
            "D03" if isinstance(parent, ast.Compare) else "D02",
            module,
            site.node,
            f"the coroutine of {spelled}(...) is used as if it were its answer",
        )
    elif isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
        _judge_assigned(context, site, parent)
    elif isinstance(parent, (ast.GeneratorExp, ast.ListComp)) and parent.elt is site.node:
        _judge_generated(context, site, module.parents.get(parent))
    elif isinstance(parent, (ast.AugAssign, ast.FormattedValue)) or _is_consumed(parent):
        context.report(
            "D02",
            module,
            site.node,
            f"the coroutine of {spelled}(...) is used as if it were its answer",
        )
    elif isinstance(parent, (ast.Tuple, ast.IfExp)):
        outer = module.parents.get(parent)
        if isinstance(outer, ast.Assign):
            _judge_assigned(context, site, outer)
        elif isinstance(outer, ast.Expr) and isinstance(parent, ast.IfExp):
            context.report("D01", module, site.node, f"{spelled}(...) is called and never awaited")


def _judge_generated(context: Context, site: CallSite, outer: ast.AST | None) -> None:
    """`all(self.is_flat(s) for s in symbols)` asks coroutines, and `sum(...)` adds them."""
    if isinstance(outer, ast.Assign) and isinstance(outer.targets[0], ast.Name):
        uses = _uses(site.function, outer.targets[0].id)
        outer = uses[0] if uses and all(_is_consumed(use) for use in uses) else None
    func = outer.func if isinstance(outer, ast.Call) else None
    called = func.id if isinstance(func, ast.Name) else ""
    if called in {"any", "all", "sum", "min", "max", "sorted"}:
        context.report(
            "D03" if called in {"any", "all"} else "D02",
            site.function.module,
            site.node,
            f"{called}() is given coroutines of {ast.unparse(site.node.func)}(...), not answers",
        )


def _uses(function: Function, name: str) -> list[ast.AST | None]:
    """What stands around each use of a local name."""
    return [
        function.module.parents.get(node)
        for node in function.nodes
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]


def _is_consumed(parent: ast.AST | None) -> bool:
    """Handed to a plain function that wants the answer: `float(self.price())`."""
    return (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, ast.Name)
        and parent.func.id
        in {
            "float",
            "int",
            "str",
            "len",
            "Decimal",
            "bool",
            "sum",
            "max",
            "min",
            "round",
            "abs",
            "sorted",
            "print",
            "list",
            "dict",
        }
    )


def _is_of_attribute(context: Context, site: CallSite) -> bool:
    """`self.client.close()` and `client.close()`, not `self.close()` nor `module.close()`."""
    func = site.node.func
    if not isinstance(func, ast.Attribute):
        return False
    if isinstance(func.value, ast.Name):
        if func.value.id in {"self", "cls"}:
            return False
        ref = context.resolver.expression(func.value, site.function)
        return ref is None or ref.kind in {RefKind.INSTANCE, RefKind.OUTSIDE_INSTANCE}
    return True


def _is_condition(parent: ast.AST | None, node: ast.AST) -> bool:
    if isinstance(parent, (ast.If, ast.While, ast.IfExp, ast.Assert)):
        return parent.test is node
    if isinstance(parent, ast.BoolOp):
        return True
    if isinstance(parent, ast.comprehension):
        return node in parent.ifs
    return isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)


def _judge_assigned(
    context: Context, site: CallSite, parent: ast.Assign | ast.AnnAssign | ast.NamedExpr
) -> None:
    targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
    if isinstance(parent.value, ast.Tuple) and isinstance(targets[0], ast.Tuple):
        pairs = zip(targets[0].elts, parent.value.elts, strict=False)
        targets = [target for target, value in pairs if value is site.node]
    if len(targets) != 1 or not isinstance(targets[0], ast.Name):
        return
    name = targets[0].id
    function, module = site.function, site.function.module
    if function.is_body or name in function.globals:
        return
    uses = [
        node
        for other in _with_inner(function)
        for node in other.nodes
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]
    spelled = ast.unparse(site.node.func)
    if all(_is_misuse(use, module) for use in uses):
        context.report(
            "D02",
            module,
            parent,
            f"{name} holds the coroutine of {spelled}(...), which is never awaited",
        )


def _is_misuse(use: ast.Name, module: Module) -> bool:
    """A use that reads the coroutine as if it were its answer, and never awaits it."""
    parent = module.parents.get(use)
    if isinstance(parent, ast.Attribute):
        return parent.attr not in {"close", "send", "throw", "__await__"}
    if isinstance(parent, ast.Subscript):
        return parent.value is use
    if isinstance(parent, (ast.Compare, ast.BinOp, ast.FormattedValue)):
        return True
    return _is_condition(parent, use) and not isinstance(parent, ast.BoolOp)


def _with_inner(function: Function) -> list[Function]:
    """The function and the functions defined inside it, which may await its names."""
    module = function.module
    found = [function]
    for other in module.functions:
        current = other.parent
        while current is not None and current is not function:
            current = current.parent
        if current is function:
            found.append(other)
    return found
