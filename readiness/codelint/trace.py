"""What happens in a statement, moment by moment: reads, writes, awaits and bindings, in order.

Shared state is an attribute of self, or a global that the module changes; locals are private.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from readiness.codelint.program import BindKind, Function
from readiness.codelint.syntax import constant, dotted, last_name

__all__ = ["Event", "EventKind", "Tracer"]

_GROW = frozenset({"add", "append", "update", "extend", "insert", "appendleft"})
_SHRINK = frozenset({"remove", "popitem"})
_LOOK = frozenset({"get", "keys", "values", "items", "copy", "index", "count", "isdisjoint"})
_SMALL = 60  # Nodes of a method that only sets what it is given.
_ATOMIC = frozenset({"discard", "pop", "clear"})  # `setdefault` looks and writes at once.


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


class Tracer:
    """Lists the events of expressions in order of evaluation, for one function."""

    def __init__(self, function: Function, shared: frozenset[str], quiet: frozenset[ast.AST]):
        self._function = function
        self._shared = shared
        self._quiet = quiet
        self._aliases = frozenset(_aliases(function, self))

    def place(self, node: ast.AST) -> str:
        """The key of a shared place: `self.x`, or a shared global; "" for anything private."""
        text = dotted(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
        if text.startswith(("self.", "cls.")):
            return text
        head, _, tail = text.partition(".")
        if head in self._shared:
            return f"::{text}"
        return f"@{text}" if tail and head in self._aliases else ""

    def is_rooted(self, node: ast.AST) -> bool:
        """Whether the chain starts at self or at a shared global."""
        head = dotted(node).partition(".")[0]
        return head in {"self", "cls"} or head in self._shared

    def _container(self, node: ast.AST) -> str:
        """The key of what a subscript looks into, objects taken out of shared places included."""
        if isinstance(node, ast.Name) and node.id in self._aliases:
            return f"@{node.id}"
        return self.place(node)

    def holder(self, node: ast.AST) -> str:
        """The key of a container: a shared place, or a local taken by `setdefault` from one."""
        if isinstance(node, ast.Name):
            made = self._function.bindings.get(node.id, [])
            call = made[0].expression if len(made) == 1 else None
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr == "setdefault"
            ):
                return self.place(call.func.value)
        return self._container(node)

    def events(self, node: ast.AST | None) -> Iterator[Event]:
        """Events of an expression, in order of evaluation."""
        if node is None or isinstance(node, (ast.Lambda, ast.FunctionDef, ast.ClassDef)):
            return
        if isinstance(node, ast.Subscript) and self._container(node.value):
            yield from self.events(node.slice)
            yield Event(EventKind.READ, node, self._container(node.value), _text(node.slice))
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
            key = self.holder(base)
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
        if key and isinstance(func, ast.Attribute) and func.attr in _LOOK:
            for argument in node.args:
                yield from self.events(argument)
            is_member = func.attr in {"get", "count", "index"}
            element = _element(node) if is_member else ""
            yield Event(EventKind.READ, node, key, element, is_member=is_member)
            return
        if not key:
            yield from self.events(func)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            yield from self.events(argument)
        if isinstance(func, ast.Attribute):
            yield from self._method(node, func, key)

    def _method(self, node: ast.Call, func: ast.Attribute, key: str) -> Iterator[Event]:
        """What a method does to the shared container that it is called on."""
        if key:
            if func.attr in _GROW | _SHRINK and node.args:
                yield Event(EventKind.WRITE, node, key, _element(node), is_member=True)
            elif func.attr in _ATOMIC:
                yield Event(EventKind.WRITE, node, key, _element(node))
            if func.attr == "update":
                yield from _updates(node, key)
        elif dotted(func.value) == "self":
            yield from self._own_writes(node)
        elif isinstance(func.value, ast.Subscript):
            inner = self.place(func.value.value)
            if inner and func.attr in _GROW | _SHRINK:
                where = _text(func.value.slice)
                yield Event(EventKind.WRITE, node, inner, where, is_member=True)

    def _own_writes(self, node: ast.Call) -> Iterator[Event]:
        """What a small method of the same object stores: `self.set_balance(before - fee)`."""
        site = self._function.by_call.get(node)
        target = site.target if site is not None else None
        if target is None or target.is_async or len(target.nodes) > _SMALL:
            return
        names = [p.arg for p in target.parameters()][1:]
        given = dict(zip(names, node.args, strict=False))
        given |= {k.arg: k.value for k in node.keywords if k.arg}
        stores = [(s.value, t) for s in target.body if isinstance(s, ast.Assign) for t in s.targets]
        for value, place in stores:
            stored = given.get(value.id) if isinstance(value, ast.Name) else value
            if stored is None or (stored is value and not isinstance(value, ast.Constant)):
                continue
            is_item = isinstance(place, ast.Subscript)
            key = self.place(place.value if isinstance(place, ast.Subscript) else place)
            if key.startswith("self."):
                yield Event(EventKind.WRITE, node, key, value=stored, is_member=is_item)

    def store(self, target: ast.expr, value: ast.expr | None) -> Iterator[Event]:
        """Events of assigning to a target."""
        if isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                yield from self.store(element, None)
        elif isinstance(target, ast.Starred):
            yield from self.store(target.value, None)
        elif isinstance(target, ast.Subscript):
            key = self.holder(target.value)
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
            yield from self.store(node.target, _augmented(node))
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                yield from self.store(target, None)
        else:
            for child in ast.iter_child_nodes(node):
                yield from self.events(child)


def _updates(node: ast.Call, key: str) -> Iterator[Event]:
    """`self.state.update(balance=before - fee)` and `self.state.update({"balance": ...})`."""
    pairs = [(repr(k.arg), k.value) for k in node.keywords if k.arg]
    for value in node.args:
        if isinstance(value, ast.Dict):
            pairs += [(_text(k), v) for k, v in zip(value.keys, value.values, strict=True) if k]
    for element, stored in pairs:
        yield Event(EventKind.WRITE, node, key, element, stored, is_member=True)


def _aliases(function: Function, tracer: Tracer) -> Iterator[str]:
    """Parameters, and locals bound once to an object that lives in a shared place."""
    first = next(function.parameters(), None)
    for name, bindings in function.bindings.items():
        if len(bindings) != 1 or name in {"self", "cls"}:
            continue
        binding = bindings[0]
        value = binding.expression
        if binding.kind is BindKind.PARAMETER:
            if function.owner is None or first is None or first.arg != name:
                yield name
        elif binding.kind is BindKind.VALUE and isinstance(
            value, (ast.Attribute, ast.Subscript, ast.Call)
        ):
            if isinstance(value, ast.Call):
                is_look = last_name(value.func) in {"get", "setdefault"}
                value = value.func if is_look else None
            if isinstance(value, (ast.Attribute, ast.Subscript)) and (
                tracer.is_rooted(value.value)
            ):
                yield name


def _element(node: ast.Call) -> str:
    """The element that a method of a container is about: its first argument, or its one key."""
    first = node.args[0] if node.args else None
    if isinstance(first, ast.Dict):
        return _text(first.keys[0]) if len(first.keys) == 1 and first.keys[0] else ""
    return _text(first) if first is not None else ""


def _augmented(node: ast.AugAssign) -> ast.expr | None:
    """What `left -= cost` gives to a local name; None for every other target."""
    if not isinstance(node.target, ast.Name):
        return None
    before = ast.copy_location(ast.Name(id=node.target.id, ctx=ast.Load()), node)
    return ast.copy_location(ast.BinOp(left=before, op=node.op, right=node.value), node)


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
