"""Light type resolution: what a name, an attribute or the result of a call refers to.

A reference to something outside the tree is spelled by its dotted origin, with `()` for the result
of a call: `psycopg2.connect().cursor().execute`. Knowledge of libraries is matched on that text.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable
from dataclasses import replace

from readiness.codelint.annotations import Annotations
from readiness.codelint.dynamic import by_name, handed_on, part_of
from readiness.codelint.parameters import Parameters
from readiness.codelint.placed import Placed
from readiness.codelint.program import Binding, BindKind, Class, Function, Module, Program
from readiness.codelint.refs import Ref, RefKind
from readiness.codelint.syntax import constant, last_name

__all__ = ["Resolver"]

_DEPTH_MAX = 30
_BUILTINS = frozenset(dir(builtins))
_CONTAINERS = frozenset(
    {"builtins.list", "builtins.dict", "builtins.set", "collections.deque"}
    | {"collections.defaultdict", "collections.OrderedDict"}
)

_BUSY = Ref(RefKind.OUTSIDE, "")


class Resolver:
    """Answers for one program; it lives as long as the analysis and caches per scope."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._parameters = Parameters(program)
        self._placed = Placed(program)
        self._annotations = Annotations(self)
        self._depth = 0

    def expression(self, node: ast.AST | None, scope: Function) -> Ref | None:
        """What the expression refers to when evaluated in the scope, None where unknown."""
        if node is None or self._depth > _DEPTH_MAX:
            return None
        self._depth += 1
        try:
            return self._expression(node, scope)
        finally:
            self._depth -= 1

    def _expression(self, node: ast.AST, scope: Function) -> Ref | None:
        if isinstance(node, ast.Name):
            return self.name(node.id, scope)
        if isinstance(node, ast.Attribute):
            return self.attribute(self.expression(node.value, scope), node.attr)
        if isinstance(node, ast.Call):
            return self._result(node, scope)
        if isinstance(node, (ast.Await, ast.Starred, ast.NamedExpr)):
            return self.expression(node.value, scope)
        if isinstance(node, ast.Subscript):
            base = self.expression(node.value, scope)
            is_chained = base is not None and base.outside.startswith(("pymongo", "dataset."))
            if base is None or is_chained:
                key = constant(node.slice)
                return base or (self._placed.under(self, key) if isinstance(key, str) else None)
            at = constant(node.slice)
            if isinstance(at, int) and -len(base.parts) <= at < len(base.parts):
                return base.parts[at]
            return base.element
        if isinstance(node, ast.Lambda):
            made = scope.module.lambdas.get(node)
            return Ref(RefKind.FUNCTION, made.qualname, function=made) if made else None
        if isinstance(node, ast.IfExp):
            return self.expression(node.body, scope) or self.expression(node.orelse, scope)
        if isinstance(node, ast.BoolOp):
            return next(filter(None, (self.expression(v, scope) for v in node.values)), None)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            left = self.expression(node.left, scope)
            return left if left is not None and left.outside.startswith("pathlib.") else None
        return self._display(node, scope)

    def _display(self, node: ast.AST, scope: Function) -> Ref | None:
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            element = self.expression(node.elts[0], scope) if node.elts else None
            kind = "set" if isinstance(node, ast.Set) else "list"
            return Ref(RefKind.OUTSIDE_INSTANCE, f"builtins.{kind}", element=element)
        if isinstance(node, ast.Dict):
            element = self.expression(node.values[0], scope) if node.values else None
            return Ref(RefKind.OUTSIDE_INSTANCE, "builtins.dict", element=element)
        if isinstance(node, (ast.DictComp, ast.ListComp, ast.SetComp)):
            value = node.value if isinstance(node, ast.DictComp) else node.elt
            kind = {ast.DictComp: "dict", ast.ListComp: "list", ast.SetComp: "set"}[type(node)]
            return Ref(
                RefKind.OUTSIDE_INSTANCE,
                f"builtins.{kind}",
                element=self.expression(value, scope),
            )
        return None

    def name(self, name: str, scope: Function) -> Ref | None:
        """What a plain name refers to in the scope."""
        current: Function | None = scope
        while current is not None:
            if name in current.bindings and name not in current.globals:
                return self._local(name, current)
            current = current.parent
        module = scope.module
        if name in module.body.bindings:
            return self._local(name, module.body)
        for star in module.stars:
            target = self.find_module(star, module)
            if target is not None and name in target.body.bindings:
                return self._local(name, target.body)
        if name in _BUILTINS:
            return Ref(RefKind.OUTSIDE, f"builtins.{name}")
        return None

    def _local(self, name: str, scope: Function) -> Ref | None:
        if name in scope.types:
            cached = scope.types[name]
            return None if cached is _BUSY else cached  # type: ignore[return-value]
        scope.types[name] = _BUSY
        bindings = scope.bindings[name]
        found = self._receiver(name, scope) or self._first(bindings)
        found = self._filled(found, scope.elements.get(name, ()))
        scope.types[name] = found
        return found

    def _filled(self, found: Ref | None, held: Iterable[Binding]) -> Ref | None:
        """A container whose elements are only seen where they are put into it."""
        if found is None or found.element is not None or found.name not in _CONTAINERS:
            return found
        elements = (self.expression(b.expression, b.scope) for b in held)
        known = (RefKind.INSTANCE, RefKind.FUNCTION)
        element = next((e for e in elements if e is not None and e.kind in known), None)
        return replace(found, element=element) if element is not None else found

    def _receiver(self, name: str, scope: Function) -> Ref | None:
        """The type of `self` or `cls`, the first parameter of a method."""
        if scope.owner is None or not scope.arguments:
            return None
        first = next(scope.parameters(), None)
        if first is None or first.arg != name:
            return None
        marks = {last_name(decorator) for decorator in scope.decorators}
        if "staticmethod" in marks:
            return None
        if "classmethod" in marks:
            return Ref(RefKind.CLASS, scope.owner.qualname, found=scope.owner)
        return Ref.instance(scope.owner)

    def _first(self, bindings: list[Binding]) -> Ref | None:
        ordered = sorted(bindings, key=lambda binding: binding.kind is not BindKind.ANNOTATION)
        for binding in ordered:
            found = self.binding(binding)
            if found is not None and found.name != "builtins.None":
                is_wide = binding.kind is BindKind.ANNOTATION and found.found is not None
                return self._narrowed(found, bindings) if is_wide else found
        return None

    def _narrowed(self, found: Ref, bindings: list[Binding]) -> Ref:
        """The subclass that is really assigned to a name whose annotation promises its base."""
        for binding in bindings:
            value = binding.expression if binding.kind is BindKind.VALUE else None
            made = self.expression(value, binding.scope) if isinstance(value, ast.Call) else None
            if (
                made is not None
                and made.kind is RefKind.INSTANCE
                and made.found is not None
                and any(found.found is ancestor for ancestor in made.found.lineage())
            ):
                return made
        return found

    def binding(self, binding: Binding) -> Ref | None:
        """What one binding gives to its name."""
        kind, expression = binding.kind, binding.expression
        if kind is BindKind.IMPORT:
            return self.imported(binding.dotted, binding.scope.module)
        if kind is BindKind.CLASS and isinstance(binding.target, Class):
            return Ref(RefKind.CLASS, binding.target.qualname, found=binding.target)
        if kind is BindKind.FUNCTION and isinstance(binding.target, Function):
            return Ref(RefKind.FUNCTION, binding.target.qualname, function=binding.target)
        if kind is BindKind.PARAMETER:
            promised = self.annotation(expression, binding.scope)
            return promised or self._parameters.given(self, binding.scope, binding.node)
        if binding.unpacked is not None:
            return part_of(self, *binding.unpacked, binding.scope)
        if kind is BindKind.ANNOTATION:
            return self.annotation(expression, binding.scope)
        if kind is BindKind.VALUE:
            return self.expression(expression, binding.scope)
        if kind is BindKind.ITERATION:
            return self._iterated(expression, binding.scope)
        if kind is BindKind.CONTEXT:
            return self._entered(expression, binding.scope)
        return None

    def _iterated(self, expression: ast.expr | None, scope: Function) -> Ref | None:
        if (
            isinstance(expression, ast.Call)
            and isinstance(expression.func, ast.Attribute)
            and expression.func.attr in {"values", "copy"}
        ):
            base = self.expression(expression.func.value, scope)
            return base.element if base else None
        if isinstance(expression, ast.Call) and last_name(expression.func) in {"list", "sorted"}:
            return self._iterated(expression.args[0] if expression.args else None, scope)
        base = self.expression(expression, scope)
        return base.element if base and not base.name.endswith("dict") else None

    def _entered(self, expression: ast.expr | None, scope: Function) -> Ref | None:
        found = self.expression(expression, scope)
        if found is not None and found.kind is RefKind.INSTANCE and found.found is not None:
            for enter in ("__aenter__", "__enter__"):
                method = found.found.method(enter)
                if method is not None:
                    return self._returned(method) or found
        return found

    def imported(self, dotted: str, importer: Module) -> Ref | None:
        """What `import dotted` or `from a import b` (spelled a.b) gives."""
        module = self.find_module(dotted, importer)
        if module is not None:
            return Ref(RefKind.MODULE, module.name, module=module)
        base, _, member = dotted.rpartition(".")
        if base:
            owner = self.find_module(base, importer)
            if owner is not None:
                return self.member(owner, member)
        return Ref(RefKind.OUTSIDE, dotted)

    def find_module(self, dotted: str, importer: Module) -> Module | None:
        """The module of the tree that the dotted name imports, None where it is outside."""
        modules = self._program.modules
        if dotted in modules:
            return modules[dotted]
        head, _, tail = dotted.partition(".")
        if head in sys.stdlib_module_names:
            return None
        if head == self._program.root_name:
            return modules.get(tail) if tail else modules.get("")
        folder = importer.name if importer.is_package else importer.name.rpartition(".")[0]
        return modules.get(f"{folder}.{dotted}") if folder else None

    def member(self, module: Module, name: str) -> Ref | None:
        """A public or private name of a module of the tree, re-exports included."""
        if name in module.body.bindings:
            return self._local(name, module.body)
        inner = self._program.modules.get(f"{module.name}.{name}" if module.name else name)
        if inner is not None:
            return Ref(RefKind.MODULE, inner.name, module=inner)
        for star in module.stars:
            target = self.find_module(star, module)
            if target is not None and target is not module and name in target.body.bindings:
                return self._local(name, target.body)
        return None

    def attribute(self, base: Ref | None, name: str) -> Ref | None:
        """What `base.name` refers to."""
        if base is None:
            return self._placed.under(self, name)
        if base.kind is RefKind.MODULE and base.module is not None:
            return self.member(base.module, name)
        if base.found is not None:
            return self.class_attribute(base.found, name)
        if base.kind in {RefKind.OUTSIDE, RefKind.OUTSIDE_INSTANCE} and base.name:
            if base.name == "builtins.dict" and name in {"get", "pop", "setdefault"}:
                return Ref(RefKind.OUTSIDE, f"builtins.dict.{name}", element=base.element)
            return Ref(RefKind.OUTSIDE, f"{base.name}.{name}")
        return None

    def class_attribute(self, found: Class, name: str) -> Ref | None:
        """A method, property or attribute of an instance, ancestors included."""
        for ancestor in found.lineage():
            method = ancestor.methods.get(name)
            if method is not None:
                if any(last_name(d) in _PROPERTIES for d in method.decorators):
                    return self._returned(method)
                return Ref(RefKind.FUNCTION, method.qualname, function=method)
            if name in ancestor.attributes:
                return self._class_binding(ancestor, name)
        for ancestor in found.lineage():
            for outer in ancestor.outer_bases:
                return Ref(RefKind.OUTSIDE, f"{outer}.{name}")
        return handed_on(self, found, name) or self._placed.under(self, name)

    def _class_binding(self, owner: Class, name: str) -> Ref | None:
        if name in owner.types:
            cached = owner.types[name]
            return None if cached is _BUSY else cached  # type: ignore[return-value]
        owner.types[name] = _BUSY
        found = self._filled(self._first(owner.attributes[name]), owner.elements.get(name, ()))
        owner.types[name] = found
        return found

    def _result(self, call: ast.Call, scope: Function) -> Ref | None:
        called = self.expression(call.func, scope)
        if called is None:
            return None
        if called.kind is RefKind.CLASS and called.found is not None:
            return Ref.instance(called.found)
        if called.function is not None:
            return self._returned(called.function)
        if called.kind is RefKind.INSTANCE and called.found is not None:
            method = called.found.method("__call__")
            return self._returned(method) if method is not None else None
        if called.kind is RefKind.OUTSIDE:
            return self._outside_result(called, call, scope)
        if called.kind is RefKind.OUTSIDE_INSTANCE and not called.name.startswith("builtins."):
            return Ref(RefKind.OUTSIDE_INSTANCE, f"{called.name}()")
        return None

    def _outside_result(self, called: Ref, call: ast.Call, scope: Function) -> Ref | None:
        name = called.name
        if name.startswith("builtins.dict.") and called.element is not None:
            return called.element
        if name == "builtins.super" and scope.owner is not None:
            bases = scope.owner.bases
            return Ref.instance(bases[0]) if bases else None
        last = name.rpartition(".")[2]
        if name == "builtins.getattr" and len(call.args) > 1:
            return by_name(self, self.expression(call.args[0], scope), call.args[1])
        if call.args and (name in _TRANSPARENT or last in _ENTERS):
            return self.expression(call.args[0], scope)
        if name == "typing.cast" and len(call.args) == 2:
            return self.annotation(call.args[0], scope)
        if last[:1].isupper() or last in {"dict", "list", "set", "deque", "defaultdict"}:
            return Ref(RefKind.OUTSIDE_INSTANCE, name)
        return Ref(RefKind.OUTSIDE_INSTANCE, f"{name}()")

    def _returned(self, function: Function) -> Ref | None:
        node = function.node
        if isinstance(node, ast.Lambda):
            return self.expression(node.body, function)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns is not None:
            promised = self.annotation(node.returns, function)
            if promised is not None:
                return promised
        if "<returned>" in function.types:
            cached = function.types["<returned>"]
            return None if cached is _BUSY else cached  # type: ignore[return-value]
        function.types["<returned>"] = _BUSY
        found = None
        for inner in function.nodes:
            if isinstance(inner, (ast.Return, ast.Yield)) and inner.value is not None:
                found = self.expression(inner.value, function)
                if found is not None:
                    break
        function.types["<returned>"] = found
        return found

    def annotation(self, node: ast.AST | None, scope: Function) -> Ref | None:
        """The type that an annotation promises, as an instance."""
        if node is None or self._depth > _DEPTH_MAX:
            return None
        self._depth += 1
        try:
            return self._annotations.read(node, scope)
        finally:
            self._depth -= 1


_PROPERTIES = frozenset({"property", "cached_property"})
_ENTERS = frozenset({"enter_context", "enter_async_context"})
_TRANSPARENT = frozenset(
    {"asyncio.wait_for", "asyncio.shield", "copy.copy", "copy.deepcopy", "functools.partial"}
    | {"contextlib.closing", "contextlib.aclosing", "contextlib.nullcontext"}
)
