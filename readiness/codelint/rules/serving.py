"""M10: one prediction for several symbols."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from readiness.codelint.context import Context
from readiness.codelint.program import CallSite, Function
from readiness.codelint.syntax import dotted, last_name, names_in, snake, walk_same_scope

__all__ = ["check"]

_PREDICT = re.compile(
    r"^_?(predict|predict_proba|predict_async|inference|infer|get_prediction|"
    r"make_prediction|predict_\w+)$"
)
_SYMBOL = re.compile(r"(^|_)(symbol|pair|ticker|instrument|coin|market)s?(_|$)")


def check(context: Context) -> None:
    """Report predictions that are shared."""
    for function in context.functions():
        for site in function.calls:
            if _PREDICT.search(snake(site.name)):
                _shared_in_loop(context, site)
                _shared_in_cache(context, site)
                _shared_by_copy(context, site)
                _same_for_all(context, site)
                _made_once(context, site)


def _symbol_loops(function: Function) -> Iterator[ast.For | ast.AsyncFor]:
    for node in function.nodes:
        if isinstance(node, (ast.For, ast.AsyncFor)) and any(
            _SYMBOL.search(snake(name)) for name in names_in(node.target)
        ):
            yield node


def _shared_in_loop(context: Context, site: CallSite) -> None:
    """A prediction made before a loop over symbols and used for each of them."""
    function = site.function
    statement = function.module.statement(site.node)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return
    name = statement.targets[0].id
    for loop in _symbol_loops(function):
        if loop.lineno <= statement.lineno or _depends_on_all(site, function):
            continue
        symbols = names_in(loop.target)
        for inner in loop.body:
            for use in walk_same_scope(inner):
                if (
                    isinstance(use, ast.Name)
                    and use.id == name
                    and isinstance(use.ctx, ast.Load)
                    and not _indexed_by(function, use, symbols)
                ):
                    context.report(
                        "M10",
                        function.module,
                        site.node,
                        f"{name} is one prediction, used for every symbol",
                    )
                    return


def _same_for_all(context: Context, site: CallSite) -> None:
    """Inside a loop over symbols, a prediction from what does not depend on the symbol."""
    function = site.function
    if not site.node.args or site.node.keywords:
        return
    for loop in _symbol_loops(function):
        if not any(inner is site.node for s in loop.body for inner in ast.walk(s)):
            continue
        dependent = names_in(loop.target)
        for _ in range(3):
            for node in (n for s in loop.body for n in walk_same_scope(s)):
                if isinstance(node, ast.Assign) and names_in(node.value) & dependent:
                    dependent |= {n for t in node.targets for n in names_in(t)} - {"self"}
        used = {n for value in (*site.node.args, site.node.func) for n in names_in(value)}
        if not used & dependent and all(isinstance(a, ast.Name) for a in site.node.args):
            context.report(
                "M10",
                function.module,
                site.node,
                "every symbol of the loop gets the prediction of the same row",
            )


def _made_once(context: Context, site: CallSite) -> None:
    """`if answer is None: answer = model.predict(...)` inside a loop over symbols."""
    function = site.function
    statement = function.module.statement(site.node)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return
    name = statement.targets[0].id
    for loop in _symbol_loops(function):
        inside = [n for s in loop.body for n in walk_same_scope(s)]
        resets = [
            n
            for n in inside
            if isinstance(n, ast.Assign) and n is not statement and name in names_in(n.targets[0])
        ]
        guards = [
            n
            for n in inside
            if isinstance(n, ast.If) and statement in n.body and name in names_in(n.test)
        ]
        if guards and not resets:
            what = f"{name} is predicted for the first symbol and used for every other"
            context.report("M10", function.module, site.node, what)


def _shared_by_copy(context: Context, site: CallSite) -> None:
    """`dict.fromkeys(symbols, prediction)`, `{symbol: prediction for symbol in symbols}`."""
    function = site.function
    statement = function.module.statement(site.node)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return
    name = statement.targets[0].id
    for node in function.nodes:
        copies = (
            isinstance(node, ast.Call)
            and last_name(node.func) == "fromkeys"
            and len(node.args) == 2
            and last_name(node.args[1]) == name
        ) or (isinstance(node, ast.DictComp) and last_name(node.value) == name)
        if copies:
            context.report(
                "M10",
                function.module,
                site.node,
                f"{name} is one prediction, given to every symbol",
            )


def _depends_on_all(site: CallSite, function: Function) -> bool:
    """A batch prediction: it is given all symbols, or answers with a mapping."""
    words = [
        snake(node.id)
        for value in site.node.args
        for node in ast.walk(value)
        if isinstance(node, ast.Name)
        and not isinstance(function.module.parents.get(node), ast.Subscript)
    ]
    return any(
        re.search(r"symbols$|frames$|batch|matrix|rows$|features_by", word) for word in words
    )


def _indexed_by(function: Function, use: ast.Name, symbols: set[str]) -> bool:
    parent = function.module.parents.get(use)
    if isinstance(parent, ast.Subscript):
        return True
    if isinstance(parent, ast.Attribute) and parent.attr in {"get", "items", "pop"}:
        return True
    return bool(
        isinstance(parent, ast.Call)
        and symbols & {n for a in parent.args for n in names_in(a)}
        and last_name(parent.func) == "getattr"
    )


def _symbol_names(function: Function) -> set[str]:
    """Parameters and loop variables that name a symbol, and what is computed from them."""
    names = {p.arg for p in function.parameters() if _SYMBOL.search(snake(p.arg))}
    for _ in range(2):
        for node in function.nodes:
            if isinstance(node, ast.Assign) and names_in(node.value) & names:
                for target in node.targets:
                    if isinstance(target, (ast.Name, ast.Tuple)):
                        names |= names_in(target)
    return names


def _shared_in_cache(context: Context, site: CallSite) -> None:
    """A cache of predictions whose key does not know the symbol."""
    function = site.function
    direct = {p.arg for p in function.parameters() if _SYMBOL.search(snake(p.arg))}
    if not direct:
        return
    statement = function.module.statement(site.node)
    if not isinstance(statement, ast.Assign):
        return
    target = _kept_in(function, statement.targets[0])
    place = site.node if target is statement.targets[0] else target
    names = _symbol_names(function)
    if isinstance(target, ast.Subscript) and dotted(target.value).startswith("self."):
        if not names_in(target.slice) & names and _is_guarded(function, statement, target.value):
            context.report(
                "M10",
                function.module,
                place,
                f"the key of {dotted(target.value)} does not name the symbol",
            )
    elif (
        isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Name)
        and (_is_guarded(function, statement, target) or _is_read_by_symbol(function, target))
    ):
        context.report(
            "M10",
            function.module,
            place,
            f"{dotted(target)} keeps one symbol's prediction for all",
        )


def _kept_in(function: Function, target: ast.expr) -> ast.expr:
    """The attribute that a local prediction is then stored in, else the target itself."""
    if isinstance(target, ast.Name):
        for node in function.nodes:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Name)
                and node.value.id == target.id
                and dotted(node.targets[0]).startswith("self.")
            ):
                return node.targets[0]
    return target


def _is_read_by_symbol(function: Function, target: ast.Attribute) -> bool:
    """Another method decides about a symbol of its own on what was kept for the last one."""
    methods = function.owner.methods.values() if function.owner is not None else ()
    return any(
        method is not function
        and any(_SYMBOL.search(snake(p.arg)) for p in method.parameters())
        and any(
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Load)
            and dotted(node) == dotted(target)
            for node in method.nodes
        )
        for method in methods
    )


def _is_guarded(function: Function, statement: ast.stmt, place: ast.expr) -> bool:
    """The prediction is made only when the cache has none."""
    text = dotted(place)
    for ancestor in function.module.ancestors(statement):
        if isinstance(ancestor, ast.If) and any(dotted(n) == text for n in ast.walk(ancestor.test)):
            return True
    for node in function.nodes:
        if (
            isinstance(node, ast.If)
            and node.lineno < statement.lineno
            and node.body
            and isinstance(node.body[-1], ast.Return)
            and (
                any(dotted(n) == text for n in ast.walk(node.test))
                or dotted(node.body[-1].value) == text
            )
        ):
            return True
    return False
