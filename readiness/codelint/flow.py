"""The control-flow graph of one function, as points that each carry their events in order.

An event is a read or a write of shared state, an await, a test, or the binding of a local name.
Shared state is an attribute of self, or a global that the module changes; locals are private.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from readiness.codelint.program import Function
from readiness.codelint.syntax import constant, dotted, last_name

__all__ = ["Event", "EventKind", "Graph", "Point", "Tracer", "build_graph"]

_GROW = frozenset({"add", "append", "update", "extend", "insert", "appendleft"})
_SHRINK = frozenset({"remove", "popitem"})
_LOOK = frozenset({"get", "keys", "values", "items", "copy", "index", "count", "isdisjoint"})
_ATOMIC = frozenset({"setdefault", "discard", "pop", "clear"})


class EventKind(Enum):
    """What happens at one moment of a function's run."""

    READ = auto()
    WRITE = auto()
    AWAIT = auto()
    BIND = auto()


@dataclass(frozen=True, slots=True)
class Event:
    """`key` is the shared place or the local's name; `element` the subscript's text, if any."""

    kind: EventKind
    node: ast.AST
    key: str = ""
    element: str = ""
    value: ast.expr | None = None
    is_member: bool = False


@dataclass(eq=False, slots=True)
class Point:
    """A statement or a condition; `test` marks conditions, `locks` the with-statements around."""

    number: int
    node: ast.AST
    locks: frozenset[int]
    events: list[Event] = field(default_factory=list)
    after: list[tuple[int, int]] = field(default_factory=list)
    test: ast.expr | None = None
    is_loop_test: bool = False
    looked_up: list[Event] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Graph:
    """Points by number; the first is the entry. Edges carry 0, 1 (condition true) or 2 (false)."""

    points: list[Point] = field(default_factory=list)


class Tracer:
    """Lists the events of expressions in order of evaluation, for one function."""

    def __init__(self, function: Function, shared: frozenset[str], quiet: frozenset[ast.AST]):
        self._function = function
        self._shared = shared
        self._quiet = quiet

    def place(self, node: ast.AST) -> str:
        """The key of a shared place: `self.x`, or a shared global; "" for anything private."""
        text = dotted(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
        if text.startswith(("self.", "cls.")):
            return text
        head = text.partition(".")[0]
        return f"::{text}" if head in self._shared else ""

    def events(self, node: ast.AST | None) -> Iterator[Event]:
        """Events of an expression, in order of evaluation."""
        if node is None or isinstance(node, (ast.Lambda, ast.FunctionDef, ast.ClassDef)):
            return
        if isinstance(node, ast.Subscript) and self.place(node.value):
            yield from self.events(node.slice)
            yield Event(EventKind.READ, node, self.place(node.value), _text(node.slice))
            return
        if isinstance(node, (ast.Name, ast.Attribute)):
            key = self.place(node)
            if key:
                yield Event(EventKind.READ, node, key)
                return
        if isinstance(node, ast.Call):
            yield from self._call(node)
            return
        if isinstance(node, ast.Compare):
            yield from self._compare(node)
            return
        for child in ast.iter_child_nodes(node):
            yield from self.events(child)
        if isinstance(node, ast.Await) and node not in self._quiet:
            yield Event(EventKind.AWAIT, node)
        elif isinstance(node, ast.NamedExpr):
            yield Event(EventKind.BIND, node, node.target.id, value=node.value)

    def _members(self, node: ast.AST) -> Iterator[Event]:
        """Events of an expression that looks for an element in what it reads."""
        for event in self.events(node):
            is_read = event.kind is EventKind.READ
            yield replace(event, is_member=True, element="") if is_read else event

    def _compare(self, node: ast.Compare) -> Iterator[Event]:
        is_member = any(isinstance(op, (ast.In, ast.NotIn)) for op in node.ops)
        if is_member and len(node.comparators) == 1:
            holder = node.comparators[0]
            base = holder
            if isinstance(holder, ast.Call) and last_name(holder.func) == "keys":
                base = holder.func.value if isinstance(holder.func, ast.Attribute) else holder
            key = self.place(base)
            if key:
                yield from self.events(node.left)
                yield Event(EventKind.READ, node, key, _text(node.left), is_member=True)
                return
            yield from self.events(node.left)
            yield from self._members(holder)
            return
        for child in (node.left, *node.comparators):
            yield from self.events(child)

    def _call(self, node: ast.Call) -> Iterator[Event]:
        func = node.func
        if isinstance(func, ast.Name) and func.id in {"any", "next"}:
            for argument in node.args:
                yield from self._members(argument)
            return
        key = self.place(func.value) if isinstance(func, ast.Attribute) else ""
        element = _text(node.args[0]) if node.args else ""
        if key and isinstance(func, ast.Attribute) and func.attr in _LOOK:
            for argument in node.args:
                yield from self.events(argument)
            is_member = func.attr in {"get", "count", "index"}
            yield Event(
                EventKind.READ, node, key, element if is_member else "", is_member=is_member
            )
            return
        if not key:
            yield from self.events(func)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            yield from self.events(argument)
        if key and isinstance(func, ast.Attribute):
            if func.attr in _GROW | _SHRINK and node.args:
                yield Event(EventKind.WRITE, node, key, element, is_member=True)
            elif func.attr in _ATOMIC:
                yield Event(EventKind.WRITE, node, key, element)

    def store(self, target: ast.expr, value: ast.expr | None) -> Iterator[Event]:
        """Events of assigning to a target."""
        if isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                yield from self.store(element, None)
        elif isinstance(target, ast.Starred):
            yield from self.store(target.value, None)
        elif isinstance(target, ast.Subscript):
            key = self.place(target.value)
            if key:
                yield Event(
                    EventKind.WRITE, target, key, _text(target.slice), value, is_member=True
                )
        else:
            key = self.place(target)
            if key:
                yield Event(EventKind.WRITE, target, key, value=value)
            elif isinstance(target, ast.Name):
                yield Event(EventKind.BIND, target, target.id, value=value)

    def statement(self, node: ast.stmt) -> Iterator[Event]:
        """Events of a simple statement, in order of evaluation."""
        if isinstance(node, ast.Assign):
            yield from self.events(node.value)
            for target in node.targets:
                pairs = _pairs(target, node.value)
                for element, value in pairs:
                    yield from self.store(element, value)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                yield from self.events(node.value)
                yield from self.store(node.target, node.value)
        elif isinstance(node, ast.AugAssign):
            yield from self.events(node.value)
            yield from self.store(node.target, None)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                yield from self.store(target, None)
        else:
            for child in ast.iter_child_nodes(node):
                yield from self.events(child)


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    if (
        isinstance(target, ast.Tuple)
        and isinstance(value, ast.Tuple)
        and len(target.elts) == len(value.elts)
    ):
        return list(zip(target.elts, value.elts, strict=True))
    return [(target, value)]


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return repr(constant(node))
    return dotted(node) or ast.unparse(node)


@dataclass(slots=True)
class _Builder:
    tracer: Tracer
    lock_nodes: dict[ast.AST, int]
    graph: Graph = field(default_factory=Graph)
    breaks: list[list[tuple[int, int]]] = field(default_factory=list)
    continues: list[int] = field(default_factory=list)
    handlers: list[list[int]] = field(default_factory=list)

    def point(self, node: ast.AST, locks: frozenset[int]) -> Point:
        point = Point(len(self.graph.points), node, locks)
        self.graph.points.append(point)
        return point

    def join(self, ends: list[tuple[int, int]], target: int) -> None:
        for number, label in ends:
            self.graph.points[number].after.append((target, label))

    def block(
        self, body: list[ast.stmt], ends: list[tuple[int, int]], locks: frozenset[int]
    ) -> list[tuple[int, int]]:
        for statement in body:
            if not ends:
                break
            ends = self.one(statement, ends, locks)
        return ends

    def one(
        self, node: ast.stmt, ends: list[tuple[int, int]], locks: frozenset[int]
    ) -> list[tuple[int, int]]:
        if isinstance(node, ast.If):
            return self._if(node, ends, locks)
        if isinstance(node, (ast.While, ast.For, ast.AsyncFor)):
            return self._loop(node, ends, locks)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            return self._with(node, ends, locks)
        if isinstance(node, (ast.Try, ast.TryStar)):
            return self._try(node, ends, locks)
        if isinstance(node, ast.Match):
            return self._match(node, ends, locks)
        point = self.point(node, locks)
        self.join(ends, point.number)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            point.events.extend(self.tracer.statement(node))
        if isinstance(node, (ast.Return, ast.Raise)):
            return []
        if isinstance(node, ast.Break):
            if self.breaks:
                self.breaks[-1].append((point.number, 0))
            return []
        if isinstance(node, ast.Continue):
            if self.continues:
                point.after.append((self.continues[-1], 0))
            return []
        return [(point.number, 0)]

    def _if(
        self, node: ast.If, ends: list[tuple[int, int]], locks: frozenset[int]
    ) -> list[tuple[int, int]]:
        point = self.point(node, locks)
        self.join(ends, point.number)
        point.test = node.test
        point.events.extend(self.tracer.events(node.test))
        taken = self.block(node.body, [(point.number, 1)], locks)
        other = self.block(node.orelse, [(point.number, 2)], locks)
        return taken + other

    def _loop(
        self,
        node: ast.While | ast.For | ast.AsyncFor,
        ends: list[tuple[int, int]],
        locks: frozenset[int],
    ) -> list[tuple[int, int]]:
        point = self.point(node, locks)
        self.join(ends, point.number)
        if isinstance(node, ast.While):
            point.test, point.is_loop_test = node.test, True
            point.events.extend(self.tracer.events(node.test))
        else:
            point.events.extend(self.tracer.events(node.iter))
            if isinstance(node, ast.AsyncFor):
                point.events.append(Event(EventKind.AWAIT, node))
            point.events.extend(self.tracer.store(node.target, None))
        self.breaks.append([])
        self.continues.append(point.number)
        body_ends = self.block(node.body, [(point.number, 1)], locks)
        self.join(body_ends, point.number)
        self.continues.pop()
        after: list[tuple[int, int]] = [(point.number, 2)]
        if isinstance(node, ast.While) and constant(node.test) is True:
            after = []
        return self.block(node.orelse, after, locks) + self.breaks.pop()

    def _with(
        self, node: ast.With | ast.AsyncWith, ends: list[tuple[int, int]], locks: frozenset[int]
    ) -> list[tuple[int, int]]:
        point = self.point(node, locks)
        self.join(ends, point.number)
        for item in node.items:
            point.events.extend(self.tracer.events(item.context_expr))
            if isinstance(node, ast.AsyncWith) and not _is_timeout(item.context_expr):
                point.events.append(Event(EventKind.AWAIT, node))
            if item.optional_vars is not None:
                point.events.extend(self.tracer.store(item.optional_vars, item.context_expr))
        number = self.lock_nodes.get(node)
        inside = locks | {number} if number is not None else locks
        return self.block(node.body, [(point.number, 0)], inside)

    def _try(
        self, node: ast.Try | ast.TryStar, ends: list[tuple[int, int]], locks: frozenset[int]
    ) -> list[tuple[int, int]]:
        first = len(self.graph.points)
        body = self.block(node.body, ends, locks)
        inside = list(range(first, len(self.graph.points)))
        body = self.block(node.orelse, body, locks)
        for handler in node.handlers:
            entry = self.point(handler, locks)
            if last_name(handler.type) in {"KeyError", "LookupError"}:
                entry.looked_up = [
                    event
                    for number in inside
                    for event in self.graph.points[number].events
                    if event.kind is EventKind.READ and event.element
                ]
            for number in inside:
                self.graph.points[number].after.append((entry.number, 0))
            body += self.block(handler.body, [(entry.number, 0)], locks)
        if node.finalbody:
            if not body:
                body = [(number, 0) for number in inside[-1:]]
            return self.block(node.finalbody, body, locks)
        return body

    def _match(
        self, node: ast.Match, ends: list[tuple[int, int]], locks: frozenset[int]
    ) -> list[tuple[int, int]]:
        point = self.point(node, locks)
        self.join(ends, point.number)
        point.events.extend(self.tracer.events(node.subject))
        result: list[tuple[int, int]] = [(point.number, 0)]
        for case in node.cases:
            result += self.block(case.body, [(point.number, 0)], locks)
        return result


def _is_timeout(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in {
        "timeout",
        "timeout_at",
        "fail_after",
        "move_on_after",
    }


def build_graph(function: Function, tracer: Tracer, lock_nodes: dict[ast.AST, int]) -> Graph:
    """The control-flow graph of a function; `lock_nodes` numbers its with-statements on locks."""
    builder = _Builder(tracer, lock_nodes)
    entry = builder.point(function.node, frozenset())
    builder.block(function.body, [(entry.number, 0)], frozenset())
    return builder.graph
