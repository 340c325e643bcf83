"""Whether a delay grows, is capped, and is reset: the arithmetic behind a `sleep`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from readiness.codelint.context import Context
from readiness.codelint.program import Function
from readiness.codelint.syntax import dotted, last_name, mentions, snake, walk_same_scope

__all__ = ["Delays"]

_DELAY = re.compile(
    r"delay|backoff|back_off|pause|wait|failures|attempt|retries|retry|sleep|interval|tries"
)
_COUNT = re.compile(r"failures|attempt|retr|count|tries|step|^n$|^i$")
_BOUND = re.compile(r"max|cap|limit|ceiling|bound")
_POWERS = frozenset({"pow", "exp", "exp2", "ldexp"})


class Delays:
    """Judges the sleeps of one region; `region` is a loop, or the function that is called again."""

    def __init__(
        self,
        context: Context,
        function: Function,
        region: ast.AST,
        handlers: list[ast.ExceptHandler],
    ) -> None:
        self._context = context
        self._function = function
        self._inside = {id(node) for node in walk_same_scope(region)}
        self._in_handlers = {id(n) for h in handlers for n in walk_same_scope(h)}
        self._after_failure = {id(n) for s in _behind_try(region) for n in walk_same_scope(s)}
        self._has_handlers = bool(handlers)
        self._is_count = isinstance(region, ast.For)
        self._ends = _ends_on_success(region)
        self._counter = dotted(region.target) if isinstance(region, ast.For) else ""

    def verdict(self, call: ast.Call, function: Function, *, delay: ast.expr | None = None) -> str:
        """What is wrong with the delay of the call, "" where nothing is."""
        delay = delay if delay is not None else call.args[0]
        parts = [(delay, function), *self._helpers(delay, function)]
        names = {name for part, where in parts for name in self._names(part, where)}
        grows = any(_power(part) and names for part, _ in parts)
        grows = grows or any(self._grows(name, where) for _, where in parts for name in names)
        if not grows or not self._follows_failure(call, names, function):
            return ""
        if not any(self._is_capped(part, where, names) for part, where in parts):
            return "the delay grows without a bound"
        sources = {s for _, where in parts for s in self._sources(names, where)}
        if not any(self._is_reset(s, where) for _, where in parts for s in sources):
            return "the delay is never reset"
        return ""

    def _helpers(self, delay: ast.expr, function: Function) -> list[tuple[ast.expr, Function]]:
        """What small functions of the tree compute the delay with."""
        found: list[tuple[ast.expr, Function]] = []
        calls = [n for n in ast.walk(delay) if isinstance(n, ast.Call)]
        for name in self._plain_names(delay):
            for _, value in _assignments(function, name):
                calls += [n for n in ast.walk(value) if isinstance(n, ast.Call)]
        for call in calls:
            site = function.by_call.get(call)
            target = site.target if site is not None else None
            if target is None or len(target.nodes) > 80:
                continue
            returns = [n for n in target.nodes if isinstance(n, ast.Return)]
            found.extend((n.value, target) for n in returns if n.value is not None)
        return found

    def is_kept(self, delay: ast.expr, function: Function) -> bool:
        """Whether the delay lives longer than the call: in an attribute of the object."""
        return any(name.startswith("self.") for name in self._names(delay, function))

    def _names(self, part: ast.expr, where: Function) -> set[str]:
        named = self._plain_names(part)
        for name in tuple(named):
            made = [b.expression for b in where.bindings.get(name, [])]
            named |= {dotted(v) for v in made if isinstance(v, ast.Attribute)}
        if _power(part):
            return {name for name in named if not name.rpartition(".")[2].isupper()}
        return {n for n in named if _DELAY.search(snake(n.rpartition(".")[2]))}

    @staticmethod
    def _plain_names(part: ast.expr) -> set[str]:
        callees = {id(n.func) for n in ast.walk(part) if isinstance(n, ast.Call)}
        found = {
            dotted(n)
            for n in ast.walk(part)
            if isinstance(n, (ast.Name, ast.Attribute)) and id(n) not in callees
        }
        return {name for name in found if name not in {"self", "math", "random", "asyncio"}}

    def _grows(self, name: str, function: Function) -> bool:
        for statement, value in _assignments(function, name):
            is_outside = self._has_handlers and id(statement) not in self._inside
            if is_outside and not name.startswith("self."):
                continue
            if _power(value) or _is_growth(statement, value, {name, *_aliases(name, function)}):
                return True
        return False

    def _follows_failure(self, call: ast.Call, names: set[str], function: Function) -> bool:
        """The sleep, or what makes it longer, stands where a failure was caught."""
        if (
            not self._has_handlers
            or id(call) in self._in_handlers
            or function is not self._function
        ):
            return True
        grown = (s for name in names for s, _ in _assignments(function, name))
        failed = self._in_handlers | self._after_failure
        return self._is_count or any(id(s) in failed for s in grown)

    @staticmethod
    def _is_capped(delay: ast.expr, function: Function, names: set[str]) -> bool:
        if _has_min(delay):
            return True
        for name in names:
            if any(_has_min(value) for _, value in _assignments(function, name)):
                return True
        for node in function.nodes:
            if isinstance(node, (ast.If, ast.IfExp)) and _compares(node.test, names):
                return True
        return False

    def _sources(self, names: set[str], function: Function) -> set[str]:
        """The names behind a delay: `failures` behind `delay = min(2**failures, 30)`."""
        found = set(names)
        for name in names:
            for _, value in _assignments(function, name):
                for node in ast.walk(value):
                    if isinstance(node, (ast.Name, ast.Attribute)):
                        word = dotted(node)
                        if _DELAY.search(snake(word.rpartition(".")[2])):
                            found.add(word)
        return {name for name in found if not name.rpartition(".")[2].isupper()}

    def _is_reset(self, name: str, function: Function) -> bool:
        """An assignment inside the loop, or in another method, that does not use the old value."""
        if name == self._counter:
            return False
        for scope in dict.fromkeys((function, self._function)):
            for statement, value in _assignments(scope, name):
                if isinstance(statement, ast.AugAssign):
                    continue
                same = {name, *_aliases(name, scope)}
                uses_itself = all(
                    any(dotted(n) in same for n in ast.walk(part)) for part in _branches(value)
                )
                is_outside = id(statement) not in self._inside and not name.startswith("self.")
                is_initial = is_outside and not self._ends
                is_made = _function_of(scope, statement) == "__init__"
                if not (uses_itself or is_initial or is_made or _power(value)):
                    return True
        return False


def _branches(value: ast.expr) -> list[ast.expr]:
    """The values of `0 if stable else failures + 1`, or the value itself."""
    return [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]


def _behind_try(region: ast.AST) -> list[ast.stmt]:
    """The statements of a loop that run after its `try`, a failure that was caught included."""
    body: list[ast.stmt] = getattr(region, "body", [])
    tries = [n for n, each in enumerate(body) if isinstance(each, (ast.Try, ast.TryStar))]
    return body[tries[0] + 1 :] if tries else []


def _ends_on_success(region: ast.AST) -> bool:
    """The loop is left after the first success, so each run of it starts with a fresh delay."""
    ends = (ast.Return, ast.Break)
    for statement in getattr(region, "body", []):
        if isinstance(statement, ends):
            return True
        if isinstance(statement, (ast.Try, ast.TryStar)):
            last = (statement.orelse or statement.body)[-1]
            if isinstance(last, ends):
                return True
    return False


def _is_growth(statement: ast.stmt, value: ast.expr, names: set[str]) -> bool:
    """`delay *= 2`, `delay += 5`, `delay = delay * 2`; a counter may grow by addition."""
    is_count = any(_COUNT.search(snake(name)) for name in names)
    kinds = (ast.Mult, ast.Pow) if is_count else (ast.Mult, ast.Pow, ast.Add)
    if isinstance(statement, ast.AugAssign):
        return isinstance(statement.op, kinds)
    return any(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, kinds)
        and names & {dotted(node.left), dotted(node.right)}
        for node in ast.walk(value)
    )


def _aliases(name: str, function: Function) -> set[str]:
    """Locals that are plain copies of an attribute: `delay = self.delay`."""
    if not name.startswith("self."):
        return set()
    return {
        local
        for local, bindings in function.bindings.items()
        if any(b.expression is not None and dotted(b.expression) == name for b in bindings)
    }


def _compares(test: ast.expr, names: set[str]) -> bool:
    """`if delay > limit` and `if delay > 30`."""
    for node in ast.walk(test):
        if not isinstance(node, ast.Compare):
            continue
        if not any(isinstance(op, (ast.Gt, ast.GtE, ast.Lt, ast.LtE)) for op in node.ops):
            continue
        sides = [node.left, *node.comparators]
        if any(dotted(side) in names for side in sides):
            return True
        if mentions(node, _BOUND) and any(dotted(n) in names for n in ast.walk(node)):
            return True
    return False


def _has_min(node: ast.AST) -> bool:
    return any(
        isinstance(n, ast.Call) and last_name(n.func) in {"min", "clamp", "clip"}
        for n in ast.walk(node)
    )


def _power(node: ast.AST) -> bool:
    return any(
        (isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Pow, ast.LShift)))
        or (isinstance(n, ast.Call) and last_name(n.func) in _POWERS)
        for n in ast.walk(node)
    )


def _assignments(function: Function, name: str) -> Iterator[tuple[ast.stmt, ast.expr]]:
    owner = function.home
    scopes = [function]
    if name.startswith("self.") and owner is not None:
        scopes = owner.functions
    for scope in scopes:
        for node in scope.nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if dotted(target) == name and not isinstance(target, ast.Subscript):
                        yield node, node.value
            elif isinstance(node, ast.AugAssign) and dotted(node.target) == name:
                yield node, node.value


def _function_of(function: Function, statement: ast.stmt) -> str:
    for ancestor in function.module.ancestors(statement):
        if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return ancestor.name
    return ""
