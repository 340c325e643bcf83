"""What becomes of a coroutine object: awaited, handed on, lost, or mistaken for its answer.

The value is followed through names, containers, attributes, returns and the parameters of functions
of the tree. Where the trail leaves the tree it is taken to be in good hands.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from enum import Enum, auto

from readiness.codelint.knowledge.trading import order_call
from readiness.codelint.parameters import passed
from readiness.codelint.program import CallSite, Class, Function, Program
from readiness.codelint.reached_uses import inner_functions, reached_uses
from readiness.codelint.refs import RefKind
from readiness.codelint.resolve import Resolver
from readiness.codelint.syntax import constant, dotted, is_constant, last_name, snake

__all__ = ["Fate", "Fates"]

_DEPTH_MAX = 8
_OWN = frozenset({"close", "send", "throw", "__await__", "cr_frame", "cr_running", "cr_code"})
_AWAITERS = frozenset(
    {"create_task", "ensure_future", "gather", "wait_for", "wait", "shield", "as_completed", "run"}
    | {"run_until_complete", "run_coroutine_threadsafe", "start_soon", "isawaitable"}
    | {"iscoroutine", "iscoroutinefunction"}
)
_CONSUMERS = frozenset(
    {"float", "int", "str", "len", "Decimal", "bool", "sum", "max", "min", "round", "abs"}
    | {"sorted", "print", "list", "dict", "tuple", "set", "enumerate", "reversed", "isinstance"}
)
_OUTSIDE_CONSUMERS = frozenset(
    {"json.dumps", "decimal.Decimal", "asyncio.sleep", "orjson.dumps", "ujson.dumps", "math.floor"}
    | {"math.ceil", "copy.deepcopy", "copy.copy"}
)
_RUNS = re.compile(r"coro|task|await|future|job|call|handler|run|work|fn$|func")
_LOGGER = re.compile(r"(^|[._])_?(log|logger|logging)$")
_LEVELS = frozenset({"debug", "info", "warning", "error", "critical", "exception", "log"})
_MAY_AWAIT = re.compile(r"\b(Awaitable|Coroutine|Future|Task|Any|object|Callable|Generator)\b")
_VAGUE = frozenset({"Any", "object", "typing.Any"})  # What callers do with it tells then.
_PLAIN_DECORATORS = frozenset({"staticmethod", "classmethod", "override", "abstractmethod"})


class Fate(Enum):
    """AWAITED: certainly awaited; UNKNOWN: handed on; NEUTRAL: a use that tells nothing."""

    AWAITED = auto()
    UNKNOWN = auto()
    NEUTRAL = auto()
    LOST = auto()
    ANSWER = auto()
    CONDITION = auto()


class Fates:
    """Follows values of one program."""

    def __init__(self, program: Program, resolver: Resolver) -> None:
        self._program = program
        self._resolver = resolver
        self._depth = 0

    def of(self, node: ast.AST, function: Function) -> Fate:
        """What becomes of the value of the expression."""
        if self._depth > _DEPTH_MAX:
            return Fate.UNKNOWN
        self._depth += 1
        try:
            return self._of(node, function, function.module.parents.get(node))
        finally:
            self._depth -= 1

    def _of(self, node: ast.AST, function: Function, parent: ast.AST | None) -> Fate:
        if isinstance(parent, ast.Expr):
            return Fate.LOST
        if isinstance(parent, ast.Await):
            return Fate.AWAITED
        if isinstance(parent, ast.BoolOp) and node is parent.values[-1]:
            outer = self.of(parent, function)
            return Fate.CONDITION if outer is Fate.ANSWER else outer
        if is_condition(parent, node):
            return Fate.CONDITION
        if isinstance(parent, ast.Compare):
            return self._compared(node, parent)
        if isinstance(parent, ast.IfExp):
            return self.of(parent, function)
        if isinstance(parent, ast.NamedExpr):
            named = self.of_name(parent.target.id, function, parent)
            outer = self.of(parent, function)
            return outer if named in {Fate.LOST, Fate.NEUTRAL} else named
        if isinstance(parent, ast.Attribute):
            return Fate.UNKNOWN if parent.attr in _OWN else Fate.ANSWER
        if isinstance(parent, (ast.Assign, ast.AnnAssign)):
            return self._assigned(node, function, parent)
        if isinstance(parent, (ast.Call, ast.keyword)):
            return self._argument(node, function, parent)
        if isinstance(parent, ast.Return):
            return self._returned(function)
        return self._elsewhere(node, function, parent)

    def _elsewhere(self, node: ast.AST, function: Function, parent: ast.AST | None) -> Fate:
        if isinstance(parent, ast.Dict) and _is_told_in(parent, node, function):
            return Fate.ANSWER
        if isinstance(parent, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
            return self._displayed(node, function, parent)
        if isinstance(parent, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return self.of_container(parent, function)
        if isinstance(parent, (ast.BinOp, ast.AugAssign, ast.FormattedValue)):
            return Fate.ANSWER
        if isinstance(parent, ast.Subscript):
            return Fate.ANSWER if parent.value is node else Fate.UNKNOWN
        if isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is node:
            return Fate.ANSWER
        if isinstance(parent, ast.Starred):
            return Fate.ANSWER
        return Fate.UNKNOWN

    @staticmethod
    def _compared(node: ast.AST, parent: ast.Compare) -> Fate:
        is_none = all(isinstance(op, (ast.Is, ast.IsNot)) for op in parent.ops)
        if is_none and isinstance(node, ast.Name) and is_constant(parent.comparators[-1], None):
            return Fate.NEUTRAL
        return Fate.CONDITION

    def _displayed(self, node: ast.AST, function: Function, display: ast.expr) -> Fate:
        outer = function.module.parents.get(display)
        if isinstance(outer, ast.Assign) and isinstance(display, ast.Tuple):
            target = outer.targets[0]
            if isinstance(target, ast.Tuple) and len(target.elts) == len(display.elts):
                place = next(i for i, value in enumerate(display.elts) if value is node)
                into = target.elts[place]
                return self._into(into, function, outer)
        return self.of_container(display, function)

    def _assigned(
        self, node: ast.AST, function: Function, statement: ast.Assign | ast.AnnAssign
    ) -> Fate:
        if isinstance(statement, ast.AnnAssign):
            fate = self._into(statement.target, function, statement)
            may_await = _MAY_AWAIT.search(ast.unparse(statement.annotation))
            return Fate.UNKNOWN if may_await and fate is not Fate.LOST else fate
        if len(statement.targets) != 1 or statement.value is not node:
            return Fate.UNKNOWN
        return self._into(statement.targets[0], function, statement)

    def _into(self, target: ast.expr, function: Function, statement: ast.stmt) -> Fate:
        if isinstance(target, ast.Name):
            return self.of_name(target.id, function, statement)
        if isinstance(target, (ast.Tuple, ast.List)):
            return Fate.ANSWER
        if isinstance(target, ast.Attribute):
            return self._of_attribute(target, function)
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            name = target.value.id
            if name in function.bindings and name not in {p.arg for p in function.parameters()}:
                uses = self._container_uses(name, function)
                return _together(uses) if uses else Fate.UNKNOWN
        return Fate.UNKNOWN

    def of_name(self, name: str, function: Function, statement: ast.AST) -> Fate:
        """What becomes of a local from its assignment on; LOST where nothing reads it."""
        if function.is_body or name in function.globals:
            return Fate.UNKNOWN
        uses = reached_uses(name, function, statement)
        if any(isinstance(use, ast.Nonlocal) for use in function.nodes):
            return Fate.UNKNOWN
        inner = [
            self.of(node, other)
            for other in inner_functions(function)
            for node in other.nodes
            if isinstance(node, ast.Name) and node.id == name
        ]
        fates = [self.of(use, function) for use in uses] + inner
        if all(fate is Fate.NEUTRAL for fate in fates):
            return Fate.LOST
        return _together(fates)

    def of_container(self, node: ast.AST, function: Function) -> Fate:
        """What becomes of a container of coroutines."""
        if self._depth > _DEPTH_MAX:
            return Fate.UNKNOWN
        self._depth += 1
        try:
            return self._contained(node, function, function.module.parents.get(node))
        finally:
            self._depth -= 1

    def _contained(self, node: ast.AST, function: Function, parent: ast.AST | None) -> Fate:
        if isinstance(parent, ast.Expr):
            return Fate.LOST
        if isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is node:
            return self._looped(parent, function)
        if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
            uses = self._container_uses(parent.targets[0].id, function)
            return _together(uses) if uses else Fate.LOST
        if isinstance(parent, ast.Subscript) and parent.value is node:
            is_read = isinstance(parent.ctx, ast.Load)
            return self.of(parent, function) if is_read else Fate.NEUTRAL
        if isinstance(parent, ast.Attribute):
            call = function.module.parents.get(parent)
            if isinstance(call, ast.Call) and call.func is parent:
                is_view = parent.attr in {"values", "copy"}
                return self.of_container(call, function) if is_view else Fate.NEUTRAL
        if isinstance(parent, ast.Call):
            name = parent.func.id if isinstance(parent.func, ast.Name) else ""
            if name in {"any", "all"}:
                return Fate.CONDITION
            if name in {"list", "tuple", "set"}:
                return self.of_container(parent, function)
            return Fate.ANSWER if name in {"sum", "max", "min", "sorted"} else Fate.UNKNOWN
        return Fate.UNKNOWN

    def _container_uses(self, name: str, function: Function) -> list[Fate]:
        if function.is_body or name in function.globals:
            return [Fate.UNKNOWN]
        found = [
            self.of_container(node, other)
            for other in (function, *inner_functions(function))
            for node in other.nodes
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        ]
        return found

    def _looped(self, loop: ast.For | ast.comprehension, function: Function) -> Fate:
        if not isinstance(loop.target, ast.Name):
            return Fate.UNKNOWN
        name = loop.target.id
        around = loop if isinstance(loop, ast.For) else function.module.parents[loop]
        uses = [
            self.of(node, function)
            for node in ast.walk(around)
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        ]
        return _together(uses) if uses else Fate.UNKNOWN

    def _of_attribute(self, target: ast.Attribute, function: Function) -> Fate:
        """Reads of the attribute by its own class, unless anybody awaits one of that name."""
        owner = function.home
        if owner is None or dotted(target.value) not in {"self", "cls"}:
            return Fate.UNKNOWN
        family = {id(c) for c in (*owner.lineage(), *owner.descendants())}
        fates: list[Fate] = []
        for where, node in self._loads_of(target.attr):
            mine = where.home
            fate = self.of(node, where)
            if mine is not None and id(mine) in family and dotted(node.value) in {"self", "cls"}:
                fates.append(fate)
            elif fate is Fate.AWAITED:
                return Fate.AWAITED
        found = _together(fates) if fates else Fate.UNKNOWN
        return Fate.ANSWER if found is Fate.CONDITION else found

    def _loads_of(self, name: str) -> Iterator[tuple[Function, ast.Attribute]]:
        uses = self._program.attribute_uses(name)
        return itertools.islice((use for use in uses if isinstance(use[1].ctx, ast.Load)), 200)

    def _returned(self, function: Function) -> Fate:
        """An `async def` that returns a coroutine: its callers get one where they await."""
        node = function.node
        if not isinstance(node, ast.AsyncFunctionDef) or function.module.is_test:
            return Fate.UNKNOWN
        promised = ast.unparse(node.returns) if node.returns is not None else ""
        if _MAY_AWAIT.search(promised) and promised not in _VAGUE:
            return Fate.UNKNOWN
        if any(last_name(d) not in _PLAIN_DECORATORS for d in function.decorators):
            return Fate.UNKNOWN
        for site in self._program.callers.get(function, []):
            around = site.function.module.parents.get(site.node)
            if isinstance(around, ast.Await) and self.of(around, site.function) is Fate.AWAITED:
                return Fate.AWAITED
        return Fate.ANSWER

    def _argument(self, node: ast.AST, function: Function, parent: ast.AST) -> Fate:
        keyword = parent.arg if isinstance(parent, ast.keyword) else None
        call = function.module.parents[parent] if isinstance(parent, ast.keyword) else parent
        if not isinstance(call, ast.Call) or call.func is node:
            return Fate.UNKNOWN
        if isinstance(parent, ast.keyword) and keyword is None:
            return Fate.ANSWER
        name = last_name(call.func)
        site = function.by_call.get(call)
        if name in _AWAITERS:
            return Fate.AWAITED
        if isinstance(call.func, ast.Name) and name in _CONSUMERS and name not in function.bindings:
            return Fate.ANSWER
        if site is None:
            return Fate.UNKNOWN
        if site.external in _OUTSIDE_CONSUMERS or _is_log(site):
            return Fate.ANSWER
        if site.constructs is not None and (site.target is None or site.target.name != "__init__"):
            return self._field(site.constructs, call, node, keyword)
        if site.target is not None and not site.is_guess:
            return self._parameter(site.target, call, node)
        is_sent = site.target is None and order_call(site) is not None
        return Fate.ANSWER if is_sent else Fate.UNKNOWN

    def _parameter(self, target: Function, call: ast.Call, node: ast.AST) -> Fate:
        """What a function of the tree does with the parameter that the value becomes."""
        is_bound = target.owner is not None and not any(
            last_name(d) == "staticmethod" for d in target.decorators
        )
        for parameter in target.parameters():
            if passed(call, target, parameter.arg, is_bound=is_bound) is not node:
                continue
            if parameter.annotation is not None:
                return self._typed(parameter.annotation, target)
            fate = self.of_name(parameter.arg, target, target.node)
            return Fate.ANSWER if fate in {Fate.ANSWER, Fate.CONDITION} else Fate.UNKNOWN
        return Fate.UNKNOWN

    def _field(self, made: Class, call: ast.Call, node: ast.AST, keyword: str | None) -> Fate:
        """A field of a dataclass or a named tuple, by its annotation."""
        fields = {
            s.target.id: s.annotation
            for s in made.node.body
            if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
        }
        name = keyword
        if name is None and node in call.args:
            position = next(i for i, value in enumerate(call.args) if value is node)
            name = [*fields][position] if position < len(fields) else None
        annotation = fields.get(name or "")
        return self._typed(annotation, made.scope) if annotation is not None else Fate.UNKNOWN

    def _typed(self, annotation: ast.expr, scope: Function) -> Fate:
        if _MAY_AWAIT.search(ast.unparse(annotation)):
            return Fate.UNKNOWN
        ref = self._resolver.annotation(annotation, scope)
        if ref is None:
            return Fate.UNKNOWN
        if ref.kind is RefKind.INSTANCE and ref.found is not None:
            return Fate.UNKNOWN if ref.found.method("__await__") else Fate.ANSWER
        is_plain = ref.outside.startswith("builtins.") or ref.outside == "decimal.Decimal"
        return Fate.ANSWER if is_plain else Fate.UNKNOWN


def is_condition(parent: ast.AST | None, node: ast.AST) -> bool:
    """Whether the node is asked whether it is true."""
    if isinstance(parent, (ast.If, ast.While, ast.IfExp, ast.Assert)):
        return parent.test is node
    if isinstance(parent, ast.BoolOp):
        return True
    if isinstance(parent, ast.comprehension):
        return node in parent.ifs
    return isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)


def _is_told_in(record: ast.Dict, node: ast.AST, function: Function) -> bool:
    """A value of a record that is returned, beside plain ones: nobody runs what stands in it."""
    if not isinstance(function.module.parents.get(record), ast.Return):
        return False
    key = next((k for k, v in zip(record.keys, record.values, strict=True) if v is node), None)
    word = constant(key)
    if not isinstance(word, str) or _RUNS.search(snake(word)):
        return False
    return any(_is_plain(value) for value in record.values)


def _is_plain(value: ast.expr) -> bool:
    if isinstance(value, ast.IfExp):
        return _is_plain(value.body) or _is_plain(value.orelse)
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in _CONSUMERS
    return isinstance(value, (ast.Constant, ast.JoinedStr, ast.Dict, ast.List, ast.Compare))


def _together(fates: list[Fate]) -> Fate:
    """One fate for all uses: a use that may await clears the others."""
    for clear in (Fate.AWAITED, Fate.UNKNOWN):
        if clear in fates:
            return clear
    for guilty in (Fate.ANSWER, Fate.CONDITION, Fate.LOST):
        if guilty in fates:
            return guilty
    return Fate.UNKNOWN


def _is_log(site: CallSite) -> bool:
    return site.name in _LEVELS and bool(_LOGGER.search(snake(site.receiver)))
