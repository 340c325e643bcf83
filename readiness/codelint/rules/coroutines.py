"""D01 to D04: coroutines that are called and lost, or mistaken for their answer."""

from __future__ import annotations

import ast

from readiness.codelint.context import Context
from readiness.codelint.coroutine_functions import CoroutineFunctions
from readiness.codelint.fate import Fate, Fates
from readiness.codelint.program import CallSite, Function
from readiness.codelint.refs import RefKind

__all__ = ["check"]


def check(context: Context) -> None:
    """Report coroutines whose result nobody awaits."""
    functions = CoroutineFunctions(context.resolver)
    fates = Fates(context.program, context.resolver)
    for module in context.program.modules.values():
        for function in module.functions:
            for site in function.calls:
                if site.is_awaited:
                    continue
                if functions.gives(site):
                    _judge(context, site, fates.of(site.node, function))
                elif _is_idle_generator(site):
                    what = f"{ast.unparse(site.node.func)}(...) is never iterated: nothing runs"
                    context.report("D01", module, site.node, what)
            if not module.is_test:
                _properties(context, function, fates)


def _judge(context: Context, site: CallSite, fate: Fate) -> None:
    module = site.function.module
    spelled = ast.unparse(site.node.func)
    statement = module.statement(site.node)
    is_kept = isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is site.node
    if fate is Fate.LOST and isinstance(statement, ast.Expr):
        rule = "D04" if _is_of_attribute(context, site) else "D01"
        context.report(rule, module, site.node, f"{spelled}(...) is called and never awaited")
    elif fate in {Fate.LOST, Fate.ANSWER} or (fate is Fate.CONDITION and is_kept):
        where = statement if is_kept else site.node
        what = (
            f"the coroutine of {spelled}(...) is never awaited, and used as if it were its answer"
        )
        if fate is Fate.LOST:
            what = f"the coroutine of {spelled}(...) is kept under a name and never awaited"
        context.report("D02", module, where, what)
    elif fate is Fate.CONDITION:
        context.report("D03", module, site.node, f"{spelled}(...) is a coroutine, always true")


def _is_idle_generator(site: CallSite) -> bool:
    """An asynchronous generator called for its effect: its body never starts."""
    target = site.target
    return (
        target is not None
        and target.is_async
        and target.is_generator
        and not target.decorators
        and not site.is_guess
        and isinstance(site.function.module.parents.get(site.node), ast.Expr)
    )


def _properties(context: Context, function: Function, fates: Fates) -> None:
    """`if self.is_flat:` where the property is an `async def`."""
    for reach in function.reaches:
        if not isinstance(reach.node, ast.Attribute) or not reach.target.is_async:
            continue
        fate = fates.of(reach.node, function)
        if fate in {Fate.ANSWER, Fate.CONDITION, Fate.LOST}:
            rule = "D03" if fate is Fate.CONDITION else "D02"
            what = f"{ast.unparse(reach.node)} is a coroutine each time it is read"
            context.report(rule, function.module, reach.node, what)


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
