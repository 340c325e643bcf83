"""D23 to D27: shared state that is read, awaited over, and then written.

A forward data-flow over the control-flow graph keeps two kinds of facts: a condition that read a
shared place (and on which branch we are), and a local that holds a value of one. An await makes a
fact stale unless a lock is held since the read. Writing under a stale fact is the race. Reading the
place again in a condition, or writing it, drops the older facts.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from readiness.check import Severity
from readiness.codelint.context import Context
from readiness.codelint.facts import Fact, Mark, State, forget, merge
from readiness.codelint.flow import Graph, Point, build_graph
from readiness.codelint.locks import find_lock
from readiness.codelint.ownership import Ownership
from readiness.codelint.program import Function
from readiness.codelint.shared import (
    ARITHMETIC,
    MONEY_STATE,
    shared_globals,
    touches_shared,
    value_names,
)
from readiness.codelint.summaries import Summary
from readiness.codelint.syntax import is_constant, last_name, names_in
from readiness.codelint.trace import Event, EventKind, Tracer

__all__ = ["check"]

_POINTS_MAX = 1500
_READABLE = (
    *(ast.Attribute, ast.Name, ast.Subscript, ast.BinOp, ast.Call, ast.Compare, ast.UnaryOp),
    *(ast.DictComp, ast.ListComp, ast.SetComp),
)
_COPIES = (ast.BinOp, ast.UnaryOp, ast.DictComp, ast.ListComp, ast.SetComp)


def check(context: Context, summaries: dict[Function, Summary]) -> None:
    """Report state that changes between its check and its use."""
    ownership = Ownership(context)
    for function in context.functions():
        if function.is_async and function.has_await:
            shared = shared_globals(context, function)
            if touches_shared(function, shared):
                _Run(context, function, shared, summaries, ownership).report()


class _Run:
    """The analysis of one function."""

    def __init__(
        self,
        context: Context,
        function: Function,
        shared: frozenset[str],
        summaries: dict[Function, Summary],
        ownership: Ownership,
    ) -> None:
        self.context = context
        self.function = function
        self.summaries = summaries
        self.ownership = ownership
        quiet = frozenset(
            node
            for node in function.nodes
            if isinstance(node, ast.Await) and self._never_suspends(node)
        )
        self.tracer = Tracer(function, shared, quiet)
        self.written: set[str] = set()
        self.base_locks = (
            frozenset({-1}) if ownership.callers_hold_lock(function) else frozenset[int]()
        )

    def _never_suspends(self, node: ast.Await) -> bool:
        if not isinstance(node.value, ast.Call):
            return False
        site = self.function.by_call.get(node.value)
        if site is None or site.target is None or not site.target.is_async or site.is_guess:
            return False
        return not self.summaries[site.target].suspends

    def _lock_nodes(self) -> dict[ast.AST, int]:
        found: dict[ast.AST, int] = {}
        for node in self.function.nodes:
            if isinstance(node, (ast.With, ast.AsyncWith)):
                for item in node.items:
                    lock = find_lock(item.context_expr, self.function, self.context.resolver)
                    if lock is not None and not self._lets_many_in(item.context_expr, lock.kind):
                        found[node] = len(found)
        return found

    def _lets_many_in(self, node: ast.expr, kind: str) -> bool:
        """A semaphore of more than one is no mutual exclusion."""
        if kind != "semaphore":
            return False
        owner = self.function.owner
        if owner is not None and isinstance(node, ast.Attribute):
            for binding in owner.attributes.get(node.attr, []):
                call = binding.expression
                if isinstance(call, ast.Call):
                    return bool(call.args) and not is_constant(call.args[0], 1)
        return True

    def report(self) -> None:
        """Run to the fix-point, then judge each write once."""
        graph = build_graph(self.function, self.tracer, self._lock_nodes())
        events = [event for point in graph.points for event in point.events]
        self.written = {event.key for event in events if event.kind is EventKind.WRITE}
        if len(graph.points) > _POINTS_MAX or not self.written:
            return
        states = self._solve(graph)
        for point in graph.points:
            if point.number in states:
                self._pass(point, dict(states[point.number]), is_final=True)

    def _solve(self, graph: Graph) -> dict[int, State]:
        states: dict[int, State] = {0: {}}
        work = [0]
        rounds = 0
        while work and rounds < 40 * len(graph.points):
            rounds += 1
            point = graph.points[work.pop(0)]
            result = self._pass(point, dict(states[point.number]), is_final=False)
            for target, label in point.after:
                incoming = self._along(point, result, label)
                if merge(states, target, incoming) and target not in work:
                    work.append(target)
        return states

    def _pass(self, point: Point, state: State, *, is_final: bool) -> State:
        locks = point.locks | self.base_locks
        before_await: set[str] = set()
        for event in point.looked_up:
            fact = Fact(event.key, event.element, "", point.node, True, False)
            state[fact] = Mark(1, False, locks)
        for event in point.events:
            if event.kind is EventKind.AWAIT:
                for fact, mark in state.items():
                    if not mark.is_stale and not mark.locks & locks:
                        state[fact] = replace(mark, is_stale=True)
                if not locks:
                    before_await |= {e.key for e in _reads_before(point, event)}
            elif event.kind is EventKind.BIND:
                self._bind(state, event, locks)
            elif event.kind is EventKind.WRITE:
                if is_final:
                    self._judge(point, state, event, before_await, locks)
                forget(state, event)
        return state

    def _bind(self, state: State, event: Event, locks: frozenset[int]) -> None:
        inherited: State = {}
        if event.value is not None:
            for name in value_names(event.value):
                for fact, mark in state.items():
                    if fact.name == name:
                        derived = fact.is_derived or not isinstance(event.value, ast.Name)
                        inherited[replace(fact, name=event.key, is_derived=derived)] = mark
            for read in self._value_reads(event.value):
                if read.key not in self.written:
                    continue
                is_derived = isinstance(event.value, _COPIES) or (
                    isinstance(event.value, ast.Call)
                    and last_name(event.value.func) in {"dict", "list", "set", "copy"}
                )
                fact = Fact(
                    read.key, read.element, event.key, read.node, read.is_member, is_derived
                )
                inherited[fact] = Mark(0, False, locks)
        for fact in [f for f in state if f.name == event.key]:
            del state[fact]
        state.update(inherited)

    def _value_reads(self, value: ast.expr) -> list[Event]:
        """Shared reads whose value the expression is or computes with; nothing after an await."""
        if isinstance(value, ast.Await) or any(isinstance(n, ast.Await) for n in ast.walk(value)):
            return []
        if isinstance(value, _READABLE):
            known = ARITHMETIC | {"get", "copy", "setdefault"}
            own = self._own_reads(value)
            if own or (isinstance(value, ast.Call) and last_name(value.func) not in known):
                return own
            return [e for e in self.tracer.events(value) if e.kind is EventKind.READ]
        return []

    def _own_reads(self, value: ast.expr) -> list[Event]:
        """What a small getter or property of the object answers with."""
        if isinstance(value, ast.Call):
            site = self.function.by_call.get(value)
            target = site.target if site is not None and site.receiver == "self" else None
        else:
            reached = (r for r in self.function.reaches if r.node is value)
            target = next((r.target for r in reached), None)
        if target is None or target.is_async or len(target.nodes) > 30:
            return []
        if target.owner is not self.function.owner:
            return []
        return self._helper_reads(value, target)

    def _along(self, point: Point, state: State, label: int) -> State:
        if point.test is None or not label or (point.is_loop_test and label == 1):
            return state
        result = dict(state)
        locks = point.locks | self.base_locks
        fresh: State = {}
        tested = names_in(point.test)
        for fact, mark in state.items():
            if fact.name and fact.name in tested and not self._is_rebuilt(fact.name):
                check_fact = replace(fact, name="", origin=point.node, is_derived=False)
                fresh[check_fact] = Mark(label, mark.is_stale, mark.locks)
        for event in self._tested(point):
            if event.key not in self.written:
                continue
            for fact in [f for f in result if f.key == event.key and not f.name]:
                del result[fact]
            fact = Fact(event.key, event.element, "", point.node, event.is_member, False)
            fresh[fact] = Mark(label, False, locks)
        result.update(fresh)
        return result

    def _is_rebuilt(self, name: str) -> bool:
        """A local collection computed from the state: testing it does not reserve anything."""
        made = [b.expression for b in self.function.bindings.get(name, [])]
        return any(isinstance(value, (ast.DictComp, ast.ListComp, ast.SetComp)) for value in made)

    def _tested(self, point: Point) -> list[Event]:
        """Shared reads of a condition, those of small own predicates included."""
        found = [e for e in point.events if e.kind is EventKind.READ]
        awaits = [i for i, e in enumerate(point.events) if e.kind is EventKind.AWAIT]
        if awaits:
            found = [e for e in point.events[awaits[-1] :] if e.kind is EventKind.READ]
        for node in ast.walk(point.test) if point.test is not None else ():
            if isinstance(node, ast.Call):
                site = self.function.by_call.get(node)
                if (
                    site is not None
                    and site.target is not None
                    and site.receiver == "self"
                    and len(site.target.nodes) < 60
                ):
                    found += self._helper_reads(node, site.target)
        return found

    @staticmethod
    def _helper_reads(node: ast.expr, target: Function) -> list[Event]:
        """What a small predicate of the object reads, and whether it looks for an element."""
        tracer = Tracer(target, frozenset(), frozenset())
        methods = target.owner.methods if target.owner else {}
        events = [e for s in target.body for e in tracer.statement(s) if e.key.startswith("self.")]
        return [
            Event(EventKind.READ, node, e.key, is_member=e.is_member)
            for e in events
            if e.kind is EventKind.READ and e.key.removeprefix("self.") not in methods
        ]

    def _judge(
        self,
        point: Point,
        state: State,
        event: Event,
        before_await: set[str],
        locks: frozenset[int],
    ) -> None:
        statement = point.node
        if self.ownership.is_owned(self.function, event.key):
            return
        if self._same_statement(statement, event, before_await, locks):
            rule = "D26" if event.key.startswith("::") else "D25"
            self._finding(rule, event, "is read before the await of its own statement")
            return
        for fact, mark in state.items():
            if fact.key != event.key or not mark.is_stale:
                continue
            if fact.element and event.element and fact.element != event.element:
                continue
            if event.key.startswith("@") and not (fact.name and self._is_costly(event.key)):
                continue
            if fact.name:
                if self._computes_with(statement, event, fact):
                    rule = "D26" if event.key.startswith("::") else "D24"
                    self._finding(rule, event, f"is written from {fact.name}, read before an await")
                    return
            elif mark.branches in {1, 2} and not _is_teardown(event, statement):
                self._check_then_act(event, fact)
                return

    def _check_then_act(self, event: Event, fact: Fact) -> None:
        line = getattr(fact.origin, "lineno", 0)
        if fact.is_member and event.is_member:
            rule = "D27"
        else:
            rule = "D26" if event.key.startswith("::") else "D23"
        self._finding(rule, event, f"was checked in line {line}, before an await")

    def _same_statement(
        self, statement: ast.AST, event: Event, before_await: set[str], locks: frozenset[int]
    ) -> bool:
        if isinstance(statement, ast.AugAssign):
            return not locks and any(isinstance(n, ast.Await) for n in ast.walk(statement.value))
        return event.key in before_await and isinstance(statement, ast.Assign)

    def _computes_with(self, statement: ast.AST, event: Event, fact: Fact) -> bool:
        value = event.value
        if isinstance(statement, ast.AugAssign) or value is None:
            return False
        if isinstance(value, ast.Name):
            return value.id == fact.name and fact.is_derived
        return fact.name in value_names(value)

    def _is_costly(self, key: str) -> bool:
        """Part of an object of a shared place, or money in an object that was handed in."""
        name = key.removeprefix("@").partition(".")[0]
        given = {parameter.arg for parameter in self.function.parameters()}
        return name not in given or bool(MONEY_STATE.search(key.lower()))

    def _costs_money(self, place: str) -> bool:
        """The state is about money, or an order is sent while it is stale."""
        summary = self.summaries[self.function]
        return bool(MONEY_STATE.search(place.lower())) or summary.order is not None

    def _finding(self, rule: str, event: Event, text: str) -> None:
        place = event.key.removeprefix("::").removeprefix("@")
        severity = None if self._costs_money(place) else Severity.MEDIUM
        self.context.report(
            rule,
            self.function.module,
            event.node,
            f"{place} {text}; another task may have changed it",
            severity=severity,
        )


def _reads_before(point: Point, moment: Event) -> list[Event]:
    """Reads of the statement's own value before the await, receivers of calls left out."""
    found: list[Event] = []
    receivers: set[ast.AST] = set()
    for node in ast.walk(point.node):
        if isinstance(node, ast.Call):
            func: ast.AST = node.func
            while isinstance(func, ast.Attribute):
                func = func.value
                receivers.add(func)
    for event in point.events:
        if event is moment:
            break
        if event.kind is EventKind.READ and event.node not in receivers:
            found.append(event)
    return found


def _is_teardown(event: Event, statement: ast.AST) -> bool:
    """Clearing what was checked: `if self._ws: await self._ws.close(); self._ws = None`."""
    if isinstance(statement, ast.Delete):
        return False
    return event.value is not None and is_constant(event.value, None, False)
