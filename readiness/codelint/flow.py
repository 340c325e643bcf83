"""The control-flow graph of one function, as points that each carry their events in order."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from readiness.codelint.program import Function
from readiness.codelint.syntax import constant, last_name
from readiness.codelint.trace import Event, EventKind, Tracer

__all__ = ["Graph", "Point", "build_graph"]


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
