"""What is known of a code tree: modules, classes, functions, bindings and call sites.

They are filled by `index` and `callsites` while a tree is read, and only read afterwards; pointing
at one another, none of them prints what it holds. A function's `nodes` are its own syntax nodes in
source order, without those of inner functions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

__all__ = ["BindKind", "Binding", "CallSite", "Class", "Function", "Module", "Program", "Reach"]


class BindKind(Enum):
    """How a name got its value, which decides how its type is read."""

    VALUE = auto()
    ANNOTATION = auto()
    ITERATION = auto()
    CONTEXT = auto()
    IMPORT = auto()
    FUNCTION = auto()
    CLASS = auto()
    PARAMETER = auto()
    DELETED = auto()


@dataclass(eq=False, repr=False, slots=True)
class Binding:
    """One place where a name is bound; `scope` is the function in which the expression lives.

    `unpacked` is a call whose answer is taken apart, and which part of it the name gets.
    """

    kind: BindKind
    node: ast.AST
    scope: Function
    expression: ast.expr | None = None
    dotted: str = ""
    target: Function | Class | None = None
    unpacked: tuple[ast.expr, int] | None = None


@dataclass(eq=False, repr=False, slots=True)
class CallSite:
    """One call: what it reaches in the tree (`target`), or the outside name (`external`).

    `known` keeps what has been found out about the call, so that it is found out once.
    """

    node: ast.Call
    function: Function
    name: str
    receiver: str
    target: Function | None = None
    constructs: Class | None = None
    external: str = ""
    is_awaited: bool = False
    is_guess: bool = False
    known: dict[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The outside name of what is called, else how the source spells it."""
        return self.external or ast.unparse(self.node.func)


@dataclass(eq=False, repr=False, slots=True)
class Reach:
    """Code that runs without being called by name: a property, a context, an item, a callback."""

    node: ast.expr | ast.With
    function: Function
    name: str
    target: Function
    external: str = ""

    @property
    def text(self) -> str:
        """What runs, by the name of the function."""
        return self.name


@dataclass(eq=False, repr=False, slots=True)
class Function:
    """A function, method, lambda, or the body of a module (`node` is then the module).

    `owner` is the class of a method; `home` the class of the method that the function is or stands
    in. `inner` are the functions defined directly inside.
    """

    name: str
    qualname: str
    module: Module
    node: ast.AST
    owner: Class | None = None
    home: Class | None = None
    parent: Function | None = None
    inner: list[Function] = field(default_factory=list)
    is_async: bool = False
    is_generator: bool = False
    nodes: list[ast.AST] = field(default_factory=list)
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)
    calls: list[CallSite] = field(default_factory=list)
    by_call: dict[ast.Call, CallSite] = field(default_factory=dict)
    reaches: list[Reach] = field(default_factory=list)
    elements: dict[str, list[Binding]] = field(default_factory=dict)
    types: dict[str, object] = field(default_factory=dict)
    has_await: bool = False

    @property
    def is_body(self) -> bool:
        """Whether this is the body of a module and not a function."""
        return isinstance(self.node, ast.Module)

    @property
    def body(self) -> list[ast.stmt]:
        """The statements of the function; a lambda has none."""
        node = self.node
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef)):
            return node.body
        return []

    @property
    def arguments(self) -> ast.arguments | None:
        """The declared parameters, None for the body of a module."""
        node = self.node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return node.args
        return None

    @property
    def decorators(self) -> list[ast.expr]:
        """Decorator expressions, outermost first."""
        node = self.node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return node.decorator_list
        return []

    def parameters(self) -> Iterator[ast.arg]:
        """Every named parameter, in order."""
        if self.arguments is not None:
            arguments = self.arguments
            yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)


@dataclass(eq=False, repr=False, slots=True)
class Class:
    """A class with its methods, its bases as written, and every binding of its attributes.

    `functions` are its methods and whatever is defined inside them, in source order.
    """

    name: str
    qualname: str
    module: Module
    node: ast.ClassDef
    scope: Function
    methods: dict[str, Function] = field(default_factory=dict)
    functions: list[Function] = field(default_factory=list)
    attributes: dict[str, list[Binding]] = field(default_factory=dict)
    elements: dict[str, list[Binding]] = field(default_factory=dict)
    types: dict[str, object] = field(default_factory=dict)
    bases: list[Class] = field(default_factory=list)
    outer_bases: list[str] = field(default_factory=list)
    subclasses: list[Class] = field(default_factory=list)

    def lineage(self) -> Iterator[Class]:
        """The class and its known ancestors, nearest first, each once."""
        seen: set[int] = set()
        queue = [self]
        while queue:
            current = queue.pop(0)
            if id(current) not in seen:
                seen.add(id(current))
                yield current
                queue.extend(current.bases)

    def method(self, name: str) -> Function | None:
        """The method that a call on an instance reaches, ancestors included."""
        for ancestor in self.lineage():
            if name in ancestor.methods:
                return ancestor.methods[name]
        return None

    def descendants(self) -> Iterator[Class]:
        """All known subclasses, direct and indirect."""
        seen: set[int] = set()
        queue = list(self.subclasses)
        while queue:
            current = queue.pop()
            if id(current) not in seen:
                seen.add(id(current))
                yield current
                queue.extend(current.subclasses)


@dataclass(eq=False, repr=False, slots=True)
class Module:
    """One parsed file; `name` is dotted, from the root of the tree."""

    name: str
    path: str
    tree: ast.Module
    text: str
    is_package: bool
    is_test: bool
    body: Function = field(init=False)
    functions: list[Function] = field(default_factory=list)
    classes: list[Class] = field(default_factory=list)
    stars: list[str] = field(default_factory=list)
    siblings: list[Module] = field(default_factory=list)
    lambdas: dict[ast.AST, Function] = field(default_factory=dict)
    called: dict[str, list[tuple[ast.Call, Function]]] = field(default_factory=dict)
    placed: dict[str, list[Binding]] = field(default_factory=dict)
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Enclosing nodes, nearest first, up to and including the enclosing function or module."""
        current: ast.AST | None = self.parents.get(node)
        while current is not None:
            yield current
            if isinstance(current, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                return
            current = self.parents.get(current)

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that the node belongs to."""
        current = node
        while not isinstance(current, ast.stmt):
            current = self.parents[current]
        return current


@dataclass(eq=False, repr=False, slots=True)
class Program:
    """Every module of one tree, with the indexes that resolution needs."""

    root_name: str
    modules: dict[str, Module] = field(default_factory=dict)
    methods: dict[str, list[Function]] = field(default_factory=dict)
    properties: set[str] = field(default_factory=set)
    callers: dict[Function, list[CallSite]] = field(default_factory=dict)
    uses: dict[str, list[tuple[Function, ast.Attribute]]] = field(default_factory=dict)
    references: dict[Function, list[tuple[Function, ast.AST]]] = field(default_factory=dict)

    def functions(self) -> Iterator[Function]:
        """Every function, method, lambda and module body, in order of path and line."""
        for module in self.modules.values():
            yield from module.functions

    def classes(self) -> Iterator[Class]:
        """Every class, in order of path and line."""
        for module in self.modules.values():
            yield from module.classes

    def attribute_uses(self, name: str) -> list[tuple[Function, ast.Attribute]]:
        """Every `….name` of the tree with the function it stands in, collected once."""
        if not self.uses:
            for function in self.functions():
                for node in function.nodes:
                    if isinstance(node, ast.Attribute):
                        self.uses.setdefault(node.attr, []).append((function, node))
        return self.uses.get(name, [])
